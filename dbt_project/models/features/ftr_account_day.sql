{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        indexes=[{'columns': ['as_of_date', 'account_id']}, {'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

{%- set dates = recoup.dates_to_describe(ref('ftr_account_balance')) %}

with

population as (
    select * from {{ ref('ftr_account_balance') }}
    {% if dates -%}
    where as_of_date = any(cast('{{ "{" ~ dates | join(",") ~ "}" }}' as date[]))
    {%- endif %}
),

population_accounts as (
    select distinct account_id from population
),

receivable_legs as (
    select
        legs.invoice_id,
        legs.account_id,
        legs.entry_kind,
        legs.amount_cents,
        legs.effective_on,
        {{ recoup.visible_on('legs.effective_on', 'legs.known_at') }} as visible_on
    from {{ ref('int_ledger__entries') }} as legs
    inner join population_accounts
        on legs.account_id = population_accounts.account_id
    where
        legs.ledger_account = 'accounts_receivable'
        and legs.effective_on <= {{ recoup.as_of_date() }}
        and legs.known_at <= {{ recoup.known_at() }}
),

items as (
    -- the due date as it was first stated: a later correction does not reach back into the past
    select
        invoices.invoice_id,
        (array_agg(invoices.issued_on order by invoices.known_from))[1] as issued_on,
        (
            array_agg(
                coalesce(invoices.due_on, invoices.issued_on + terms.net_days, invoices.issued_on)
                order by invoices.known_from
            )
        )[1] as due_on
    from {{ ref('stg_ledger__invoices') }} as invoices
    inner join population_accounts
        on invoices.account_id = population_accounts.account_id
    left join {{ ref('stg_ledger__accounts') }} as holders
        on invoices.account_id = holders.account_id and {{ recoup.as_known('holders') }}
    left join {{ ref('stg_ledger__terms') }} as terms
        on holders.terms_code = terms.terms_code and {{ recoup.as_known('terms') }}
    where invoices.known_from <= {{ recoup.known_at() }}
    group by invoices.invoice_id
),

payments as (
    select
        payments.account_id,
        payments.amount_cents,
        payments.status = 'settled' as is_settled,
        {{ recoup.local_date('coalesce(payments.settled_at, payments.attempted_at)') }} as paid_on,
        {{ recoup.visible_on(
            recoup.local_date('coalesce(payments.settled_at, payments.attempted_at)'), 'payments.known_from'
        ) }} as visible_from,
        {{ recoup.visible_on(
            recoup.local_date('coalesce(payments.settled_at, payments.attempted_at)'), 'payments.known_to'
        ) }} as visible_to
    from {{ ref('stg_ledger__payments') }} as payments
    inner join population_accounts
        on payments.account_id = population_accounts.account_id
    where payments.status in ('settled', 'failed') and payments.known_from <= {{ recoup.known_at() }}
),

paying as (
    select
        population.as_of_date,
        population.account_id,
        (
            count(*) filter (where payments.is_settled and payments.paid_on > population.as_of_date - 90)
        )::integer as payments_90d_count,
        (
            sum(payments.amount_cents)
            filter (where payments.is_settled and payments.paid_on > population.as_of_date - 90)
        )::bigint as payments_90d_cents,
        (
            count(*) filter (where not payments.is_settled and payments.paid_on > population.as_of_date - 90)
        )::integer as failed_payments_90d_count,
        population.as_of_date - max(payments.paid_on) filter (where payments.is_settled) as days_since_last_payment,
        percentile_disc(0.5) within group (order by extract(day from payments.paid_on)::integer)
        filter (where payments.is_settled) as usual_payment_day
    from population
    inner join payments
        on
            population.account_id = payments.account_id
            and payments.paid_on between population.as_of_date - 364 and population.as_of_date
            and payments.visible_from <= population.as_of_date
            and (payments.visible_to is null or payments.visible_to > population.as_of_date)
    group by population.as_of_date, population.account_id
),

invoice_facts as (
    select
        legs.invoice_id,
        legs.account_id,
        items.issued_on,
        items.due_on,
        min(legs.visible_on) as visible_on,
        coalesce(sum(legs.amount_cents) filter (where legs.visible_on <= items.due_on), 0) > 0 as is_late
    from receivable_legs as legs
    inner join items
        on legs.invoice_id = items.invoice_id
    group by legs.invoice_id, legs.account_id, items.issued_on, items.due_on
),

punctuality as (
    select
        population.as_of_date,
        population.account_id,
        avg(case when invoice_facts.is_late then 1.0 else 0.0 end)::double precision as late_invoice_ratio_365d
    from population
    inner join invoice_facts
        on
            population.account_id = invoice_facts.account_id
            and invoice_facts.due_on between population.as_of_date - 365 and population.as_of_date - 1
            and invoice_facts.visible_on <= population.as_of_date
    group by population.as_of_date, population.account_id
),

applications as (
    select
        legs.account_id,
        legs.effective_on,
        legs.visible_on,
        -legs.amount_cents as applied_cents,
        -legs.amount_cents * (legs.effective_on - invoice_facts.issued_on) as applied_cent_days
    from receivable_legs as legs
    inner join invoice_facts
        on legs.invoice_id = invoice_facts.invoice_id
    where legs.entry_kind in ('application', 'application_reversal', 'application_return')
),

pace as (
    select
        population.as_of_date,
        population.account_id,
        (sum(applications.applied_cent_days) / nullif(sum(applications.applied_cents), 0))::double precision
            as average_days_to_pay_365d
    from population
    inner join applications
        on
            population.account_id = applications.account_id
            and applications.effective_on > population.as_of_date - 365
            and applications.visible_on <= population.as_of_date
    group by population.as_of_date, population.account_id
),

attempts as (
    select
        attempts.account_id,
        attempts.company_date,
        attempts.is_right_party,
        {{ recoup.visible_on('attempts.company_date', 'attempts.known_from') }} as visible_from,
        {{ recoup.visible_on('attempts.company_date', 'attempts.known_to') }} as visible_to
    from {{ ref('int_attempts__by_account') }} as attempts
    inner join population_accounts
        on attempts.account_id = population_accounts.account_id
    where attempts.direction = 'outbound' and attempts.known_from <= {{ recoup.known_at() }}
),

contacting as (
    select
        population.as_of_date,
        population.account_id,
        (count(*) filter (where attempts.company_date > population.as_of_date - 30))::integer as attempts_30d_count,
        (
            count(*) filter (where attempts.is_right_party and attempts.company_date > population.as_of_date - 30)
        )::integer as rpc_30d_count,
        (count(*) filter (where attempts.company_date > population.as_of_date - 90))::integer as attempts_90d_count,
        (
            count(*) filter (where attempts.is_right_party and attempts.company_date > population.as_of_date - 90)
        )::integer as rpc_90d_count,
        population.as_of_date - max(attempts.company_date) as days_since_last_attempt,
        population.as_of_date - max(attempts.company_date) filter (where attempts.is_right_party) as days_since_last_rpc
    from population
    inner join attempts
        on
            population.account_id = attempts.account_id
            and attempts.company_date between population.as_of_date - 364 and population.as_of_date
            and attempts.visible_from <= population.as_of_date
            and (attempts.visible_to is null or attempts.visible_to > population.as_of_date)
    group by population.as_of_date, population.account_id
),

promises as (
    select
        promises.*,
        {{ recoup.visible_on('promises.made_on', 'promises.known_from') }} as visible_from,
        {{ recoup.visible_on('promises.made_on', 'promises.known_to') }} as visible_to
    from {{ ref('int_promises') }} as promises
    inner join population_accounts
        on promises.account_id = population_accounts.account_id
    where promises.known_from <= {{ recoup.known_at() }}
),

judged_promises as (
    select
        population.as_of_date,
        population.account_id,
        promises.due_on,
        promises.amount_cents,
        {{ recoup.promise_status('promises', 'population.as_of_date') }} as status
    from population
    inner join promises
        on
            population.account_id = promises.account_id
            and promises.made_on between population.as_of_date - 179 and population.as_of_date
            and promises.visible_from <= population.as_of_date
            and (promises.visible_to is null or promises.visible_to > population.as_of_date)
),

promising as (
    select
        as_of_date,
        account_id,
        count(*)::integer as promises_180d_count,
        (count(*) filter (where status = 'kept'))::integer as kept_promises_180d_count,
        (count(*) filter (where status in ('broken', 'partial')))::integer as broken_promises_180d_count,
        bool_or(status = 'open') as has_open_promise,
        min(due_on) filter (where status = 'open') as open_promise_due_on,
        (sum(amount_cents) filter (where status = 'open'))::bigint as open_promise_cents
    from judged_promises
    group by as_of_date, account_id
),

dispute_versions as (
    select
        coalesce(invoices.account_id, payments.account_id) as account_id,
        disputes.dispute_id,
        {{ recoup.local_date('disputes.opened_at') }} as opened_on,
        {{ recoup.local_date('disputes.closed_at') }} as closed_on,
        {{ recoup.visible_on(recoup.local_date('disputes.opened_at'), 'disputes.known_from') }} as visible_from,
        {{ recoup.visible_on(recoup.local_date('disputes.opened_at'), 'disputes.known_to') }} as visible_to
    from {{ ref('stg_ledger__disputes') }} as disputes
    left join {{ ref('stg_ledger__invoices') }} as invoices
        on disputes.invoice_id = invoices.invoice_id and {{ recoup.as_known('invoices') }}
    left join {{ ref('stg_ledger__payments') }} as payments
        on disputes.payment_id = payments.payment_id and {{ recoup.as_known('payments') }}
    where disputes.known_from <= {{ recoup.known_at() }}
),

disputing as (
    select
        population.as_of_date,
        population.account_id,
        count(distinct dispute_versions.dispute_id)::integer as open_disputes_count
    from population
    inner join dispute_versions
        on
            population.account_id = dispute_versions.account_id
            and dispute_versions.opened_on <= population.as_of_date
            and (dispute_versions.closed_on is null or dispute_versions.closed_on > population.as_of_date)
            and dispute_versions.visible_from <= population.as_of_date
            and (dispute_versions.visible_to is null or dispute_versions.visible_to > population.as_of_date)
    group by population.as_of_date, population.account_id
),

described as (
    select
        population.as_of_date,
        population.account_id,
        population.currency,
        population.product,
        population.segment,
        population.region,
        population.as_of_date - population.opened_on as account_age_days,
        population.balance_cents,
        population.past_due_cents,
        population.days_past_due,
        {{ recoup.aging_bucket('population.days_past_due') }} as aging_bucket,
        population.open_invoice_count,
        population.past_due_invoice_count,
        population.oldest_due_on,
        coalesce(paying.payments_90d_count, 0) as payments_90d_count,
        coalesce(paying.payments_90d_cents, 0) as payments_90d_cents,
        coalesce(paying.failed_payments_90d_count, 0) as failed_payments_90d_count,
        paying.days_since_last_payment,
        pace.average_days_to_pay_365d,
        punctuality.late_invoice_ratio_365d,
        coalesce(contacting.attempts_30d_count, 0) as attempts_30d_count,
        coalesce(contacting.rpc_30d_count, 0) as rpc_30d_count,
        coalesce(contacting.attempts_90d_count, 0) as attempts_90d_count,
        coalesce(contacting.rpc_90d_count, 0) as rpc_90d_count,
        contacting.days_since_last_attempt,
        contacting.days_since_last_rpc,
        coalesce(promising.promises_180d_count, 0) as promises_180d_count,
        coalesce(promising.kept_promises_180d_count, 0) as kept_promises_180d_count,
        coalesce(promising.broken_promises_180d_count, 0) as broken_promises_180d_count,
        coalesce(promising.has_open_promise, false) as has_open_promise,
        promising.open_promise_due_on,
        coalesce(promising.open_promise_cents, 0) as open_promise_cents,
        coalesce(disputing.open_disputes_count, 0) as open_disputes_count,
        population.unapplied_cents,
        paying.usual_payment_day,
        extract(day from population.as_of_date + 1)::integer as month_day,
        extract(isodow from population.as_of_date + 1)::integer as list_weekday,
        extract(day from date_trunc('month', population.as_of_date + 1) + interval '1 month - 1 day')::integer
            as days_in_month
    from population
    left join paying
        on population.as_of_date = paying.as_of_date and population.account_id = paying.account_id
    left join pace
        on population.as_of_date = pace.as_of_date and population.account_id = pace.account_id
    left join punctuality
        on population.as_of_date = punctuality.as_of_date and population.account_id = punctuality.account_id
    left join contacting
        on population.as_of_date = contacting.as_of_date and population.account_id = contacting.account_id
    left join promising
        on population.as_of_date = promising.as_of_date and population.account_id = promising.account_id
    left join disputing
        on population.as_of_date = disputing.as_of_date and population.account_id = disputing.account_id
),

features as (
    select
        as_of_date,
        account_id,
        currency,
        product,
        segment,
        region,
        account_age_days,
        balance_cents,
        past_due_cents,
        days_past_due,
        aging_bucket,
        open_invoice_count,
        past_due_invoice_count,
        oldest_due_on,
        payments_90d_count,
        payments_90d_cents,
        failed_payments_90d_count,
        days_since_last_payment,
        average_days_to_pay_365d,
        late_invoice_ratio_365d,
        attempts_30d_count,
        rpc_30d_count,
        attempts_90d_count,
        rpc_90d_count,
        days_since_last_attempt,
        days_since_last_rpc,
        promises_180d_count,
        kept_promises_180d_count,
        broken_promises_180d_count,
        has_open_promise,
        open_promise_due_on,
        open_promise_cents,
        open_disputes_count,
        unapplied_cents,
        usual_payment_day,
        -- days from the list date to the next usual payment day, 0 on the day itself
        case
            when usual_payment_day >= month_day then usual_payment_day - month_day
            else usual_payment_day - month_day + days_in_month
        end as days_to_usual_payment_day,
        month_day,
        list_weekday
    from described
)

select * from features
