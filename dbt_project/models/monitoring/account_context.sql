with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

aging as (
    select * from {{ ref('ar_aging_by_account') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

features as (
    select * from {{ ref('ftr_account_day') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

payment_versions as (
    select * from {{ ref('stg_ledger__payments') }}
),

dispute_versions as (
    select * from {{ ref('stg_ledger__disputes') }}
),

invoice_versions as (
    select * from {{ ref('stg_ledger__invoices') }}
),

sentiment_versions as (
    select * from {{ ref('stg_contact__sentiment') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
),

reason_words as (
    select * from {{ source('explanations', 'reason_words') }}
),

payments as (
    select
        payments.account_id,
        payments.payment_id,
        payments.currency,
        payments.amount_cents,
        payments.method,
        payments.status,
        {{ recoup.local_date('coalesce(payments.settled_at, payments.attempted_at)') }} as paid_on
    from payment_versions as payments
    inner join population
        on payments.account_id = population.account_id and payments.currency = population.currency
    where
        payments.status in ('settled', 'failed')
        and {{ recoup.as_known('payments') }}
        and {{ recoup.local_date('coalesce(payments.settled_at, payments.attempted_at)') }} <= {{ recoup.as_of_date() }}
),

ranked_payments as (
    select
        *,
        row_number() over (partition by account_id, status order by paid_on desc, payment_id desc) as place
    from payments
),

paying as (
    select
        account_id,
        max(paid_on) filter (where status = 'settled') as last_payment_on,
        max({{ recoup.amount('amount_cents', 'currency') }}) filter (where status = 'settled' and place = 1)
            as last_payment_amount,
        max(method) filter (where status = 'settled' and place = 1) as last_payment_method,
        count(*) filter (where status = 'settled' and paid_on > {{ recoup.as_of_date() }} - 90)
            as payments_90d_count,
        sum(
            case
                when status = 'settled' and paid_on > {{ recoup.as_of_date() }} - 90
                    then {{ recoup.amount('amount_cents', 'currency') }}
            end
        ) as payments_90d_amount,
        count(*) filter (where status = 'failed' and paid_on > {{ recoup.as_of_date() }} - 90)
            as failed_payments_90d_count,
        max(paid_on) filter (where status = 'failed') as last_failed_payment_on
    from ranked_payments
    group by account_id
),

disputes as (
    select
        coalesce(invoices.account_id, payments.account_id) as account_id,
        coalesce(invoices.currency, payments.currency) as currency,
        disputes.amount_cents,
        {{ recoup.local_date('disputes.opened_at') }} as opened_on
    from dispute_versions as disputes
    left join invoice_versions as invoices
        on disputes.invoice_id = invoices.invoice_id and {{ recoup.as_known('invoices') }}
    left join payment_versions as payments
        on disputes.payment_id = payments.payment_id and {{ recoup.as_known('payments') }}
    where
        {{ recoup.as_known('disputes') }}
        and {{ recoup.local_date('disputes.opened_at') }} <= {{ recoup.as_of_date() }}
        and (
            disputes.closed_at is null
            or {{ recoup.local_date('disputes.closed_at') }} > {{ recoup.as_of_date() }}
        )
),

disputing as (
    select
        disputes.account_id,
        count(*) as open_disputes_count,
        sum(
            case
                when disputes.currency = population.currency
                    then {{ recoup.amount('disputes.amount_cents', 'disputes.currency') }}
            end
        ) as disputed_amount,
        min(disputes.opened_on) as oldest_dispute_opened_on
    from disputes
    inner join population
        on disputes.account_id = population.account_id
    group by disputes.account_id
),

attempts as (
    select
        attempts.account_id,
        attempts.attempt_id,
        attempts.company_date,
        attempts.channel,
        attempts.direction,
        attempts.is_right_party
    from {{ ref('int_attempts__by_account') }} as attempts
    inner join population
        on attempts.account_id = population.account_id
    where {{ recoup.as_known('attempts') }} and attempts.company_date <= {{ recoup.as_of_date() }}
),

outcomes as (
    select
        outcomes.attempt_id,
        outcomes.started_at,
        outcomes.disposition
    from {{ ref('int_attempts') }} as outcomes
    where
        {{ recoup.as_known('outcomes') }}
        and outcomes.attempt_id in (select attempts.attempt_id from attempts)
),

ranked_attempts as (
    select
        attempts.account_id,
        attempts.company_date,
        attempts.channel,
        attempts.direction,
        outcomes.disposition,
        row_number() over (
            partition by attempts.account_id order by outcomes.started_at desc, attempts.attempt_id desc
        ) as place
    from attempts
    inner join outcomes
        on attempts.attempt_id = outcomes.attempt_id
),

last_attempts as (
    select * from ranked_attempts
    where place = 1
),

contacts as (
    select
        account_id,
        max(company_date) filter (where is_right_party) as last_right_party_contact_on,
        count(*) filter (where direction = 'outbound' and company_date > {{ recoup.as_of_date() }} - 30)
            as attempts_30d_count,
        count(*) filter (where is_right_party and company_date > {{ recoup.as_of_date() }} - 30)
            as right_party_contacts_30d_count
    from attempts
    group by account_id
),

moods as (
    -- a score of an attempt is a score of every account that the attempt was about
    select
        coalesce(sentiment.account_id, attempts.account_id) as account_id,
        sentiment.scored_at,
        sentiment.score,
        sentiment.source
    from sentiment_versions as sentiment
    left join attempts
        on sentiment.attempt_id = attempts.attempt_id and sentiment.account_id is null
    where
        {{ recoup.as_known('sentiment') }}
        and {{ recoup.local_date('sentiment.scored_at') }} <= {{ recoup.as_of_date() }}
),

ranked_moods as (
    select
        *,
        row_number() over (partition by account_id order by scored_at desc, source, score) as place
    from moods
    where account_id is not null
),

last_moods as (
    select * from ranked_moods
    where place = 1
),

promises as (
    select * from {{ ref('int_promises') }} as promises
    where {{ recoup.as_known('promises') }}
),

open_promises as (
    select
        promises.account_id,
        promises.currency,
        min(promises.due_on) as promise_due_on,
        {{ recoup.amount('sum(promises.amount_cents)', 'promises.currency') }} as promised_amount
    from promises
    where
        {{ recoup.promise_status('promises', recoup.as_of_date()) }} = 'open'
        and promises.made_on <= {{ recoup.as_of_date() }}
    group by promises.account_id, promises.currency
),

newest_version as (
    select max(list_version) as list_version
    from {{ source('published_lists', 'manifest') }}
    where list_date = {{ recoup.list_date() }}
),

listed as (
    select listed.*
    from {{ source('published_lists', 'contact_priority') }} as listed
    inner join newest_version
        on listed.list_version = newest_version.list_version
    where listed.list_date = {{ recoup.list_date() }}
),

listed_words as (
    select
        listed.account_id,
        string_agg(coalesce(reason_words.words, codes.code), ' ' order by codes.place) as why
    from listed
    cross join unnest(listed.reason_codes) with ordinality as codes (code, place)
    left join reason_words
        on codes.code = reason_words.code and reason_words.kind = 'listed'
    group by listed.account_id
),

rule_words as (
    select
        rule_id,
        min(rule_text) as words
    from rules
    group by rule_id
),

exclusions as (
    -- a reason that is not one of our own is a contact rule's: law, preference, frequency, hours, missing data
    select
        excluded.account_id,
        excluded.reason,
        coalesce(reason_words.words, rule_words.words, excluded.reason) as words,
        coalesce(reason_words.is_contact_blocked, true) as is_contact_blocked,
        coalesce(reason_words.is_left_alone, false) as is_left_alone
    from {{ source('published_lists', 'excluded') }} as excluded
    inner join newest_version
        on excluded.list_version = newest_version.list_version
    left join reason_words
        on excluded.reason = reason_words.code and reason_words.kind = 'excluded'
    left join rule_words
        on excluded.rule_id = rule_words.rule_id
    where excluded.list_date = {{ recoup.list_date() }}
),

excluded as (
    select
        account_id,
        string_agg(distinct reason, ', ' order by reason) as excluded_reasons,
        string_agg(distinct words, ' ' order by words) as why,
        bool_or(is_contact_blocked) as is_contact_blocked,
        bool_or(is_left_alone) as is_left_alone
    from exclusions
    group by account_id
),

context as (
    select
        population.list_date,
        population.as_of_date,
        population.account_id,
        population.person_id,
        population.currency,
        population.balance_amount,
        population.past_due_amount,
        population.days_past_due,
        population.aging_bucket,
        aging.oldest_due_on,
        aging.open_invoice_count,
        aging.past_due_invoice_count,
        aging.unapplied_cash_amount,
        aging.unapplied_credit_amount,
        population.product,
        population.segment,
        population.region,
        paying.last_payment_on,
        paying.last_payment_amount::numeric(20, 4) as last_payment_amount,
        paying.last_payment_method,
        coalesce(paying.payments_90d_count, 0)::integer as payments_90d_count,
        coalesce(paying.payments_90d_amount, 0)::numeric(20, 4) as payments_90d_amount,
        coalesce(paying.failed_payments_90d_count, 0)::integer as failed_payments_90d_count,
        paying.last_failed_payment_on,
        features.average_days_to_pay_365d::numeric(10, 2) as average_days_to_pay_365d,
        features.late_invoice_ratio_365d::numeric(6, 4) as late_invoice_ratio_365d,
        features.promises_180d_count,
        features.kept_promises_180d_count,
        features.broken_promises_180d_count,
        open_promises.promise_due_on,
        open_promises.promised_amount,
        coalesce(disputing.open_disputes_count, 0)::integer as open_disputes_count,
        coalesce(disputing.disputed_amount, 0)::numeric(20, 4) as disputed_amount,
        disputing.oldest_dispute_opened_on,
        coalesce(contacts.attempts_30d_count, 0)::integer as attempts_30d_count,
        coalesce(contacts.right_party_contacts_30d_count, 0)::integer as right_party_contacts_30d_count,
        last_attempts.company_date as last_attempt_on,
        last_attempts.channel as last_attempt_channel,
        last_attempts.direction as last_attempt_direction,
        last_attempts.disposition as last_disposition,
        contacts.last_right_party_contact_on,
        last_moods.score::numeric(6, 3) as last_sentiment_score,
        {{ recoup.local_date('last_moods.scored_at') }} as last_sentiment_on,
        last_moods.source as last_sentiment_source,
        case
            when listed.account_id is not null then 'listed'
            when excluded.account_id is not null then 'excluded'
            else 'not published'
        end as list_status,
        listed.seq as list_seq,
        coalesce(listed.action, 'none') as recommended_action,
        listed.channel as recommended_channel,
        listed.queue,
        listed.assigned_slot_start_utc as planned_at,
        listed.reason_codes,
        excluded.excluded_reasons,
        coalesce(listed_words.why, excluded.why) as why,
        -- without a published list nobody has said that a contact is allowed
        case
            when listed.account_id is not null then false
            else coalesce(excluded.is_contact_blocked, true)
        end as is_contact_blocked,
        coalesce(excluded.is_left_alone, false) as is_left_alone
    from population
    left join aging
        on population.account_id = aging.account_id and population.currency = aging.currency
    left join features
        on population.account_id = features.account_id
    left join paying
        on population.account_id = paying.account_id
    left join disputing
        on population.account_id = disputing.account_id
    left join contacts
        on population.account_id = contacts.account_id
    left join last_attempts
        on population.account_id = last_attempts.account_id
    left join last_moods
        on population.account_id = last_moods.account_id
    left join open_promises
        on population.account_id = open_promises.account_id and population.currency = open_promises.currency
    left join listed
        on population.account_id = listed.account_id
    left join listed_words
        on population.account_id = listed_words.account_id
    left join excluded
        on population.account_id = excluded.account_id
)

select * from context
