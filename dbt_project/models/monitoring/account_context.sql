with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

features as (
    select * from {{ ref('ftr_account_day') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

attempts as (
    select
        attempts.account_id,
        attempts.attempt_id,
        attempts.company_date,
        attempts.is_right_party
    from {{ ref('int_attempts__by_account') }} as attempts
    inner join population
        on attempts.account_id = population.account_id
    where {{ recoup.as_known('attempts') }} and attempts.company_date <= {{ recoup.as_of_date() }}
),

last_contacts as (
    select
        account_id,
        max(company_date) as last_attempt_on,
        max(company_date) filter (where is_right_party) as last_right_party_contact_on,
        (array_agg(attempt_id order by company_date desc, attempt_id desc))[1] as last_attempt_id
    from attempts
    group by account_id
),

outcomes as (
    select
        outcomes.attempt_id,
        outcomes.disposition
    from {{ ref('int_attempts') }} as outcomes
    where {{ recoup.as_known('outcomes') }}
),

promises as (
    select * from {{ ref('int_promises') }} as promises
    where {{ recoup.as_known('promises') }}
),

open_promises as (
    select
        promises.account_id,
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

excluded as (
    select
        excluded.account_id,
        string_agg(distinct excluded.reason, ', ' order by excluded.reason) as excluded_reasons
    from {{ source('published_lists', 'excluded') }} as excluded
    inner join newest_version
        on excluded.list_version = newest_version.list_version
    where excluded.list_date = {{ recoup.list_date() }}
    group by excluded.account_id
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
        population.product,
        population.segment,
        population.region,
        features.promises_180d_count,
        features.kept_promises_180d_count,
        features.broken_promises_180d_count,
        open_promises.promise_due_on,
        open_promises.promised_amount,
        features.open_disputes_count,
        last_contacts.last_attempt_on,
        outcomes.disposition as last_disposition,
        last_contacts.last_right_party_contact_on,
        case
            when listed.account_id is not null then 'listed'
            when excluded.account_id is not null then 'excluded'
            else 'not published'
        end as list_status,
        listed.seq as list_seq,
        coalesce(listed.action, 'none') as recommended_action,
        listed.queue,
        listed.reason_codes,
        excluded.excluded_reasons
    from population
    left join features
        on population.account_id = features.account_id
    left join last_contacts
        on population.account_id = last_contacts.account_id
    left join outcomes
        on last_contacts.last_attempt_id = outcomes.attempt_id
    left join open_promises
        on population.account_id = open_promises.account_id
    left join listed
        on population.account_id = listed.account_id
    left join excluded
        on population.account_id = excluded.account_id
)

select * from context
