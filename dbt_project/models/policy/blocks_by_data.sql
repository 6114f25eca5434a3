with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

candidates as (
    select * from {{ ref('contact_candidates') }}
),

persons as (
    select * from {{ ref('contactable_persons') }}
),

batches as (
    select * from {{ source('contact_feed', 'batches') }}
),

logged as (
    -- a pull that brought contact points and no attempts says nothing about who was called
    select batch_id from {{ source('contact_feed', 'manifest') }}
    where entity = 'attempts'
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'data'
),

log as (
    -- a feed that is said to be there must have been read for the day; the declaration stands in for a missing feed
    -- only
    {% if var('has_contact_feed') -%}
    select
        count(*) > 0 as is_there,
        'the contact center was not read for ' || {{ recoup.as_of_date() }} as detail
    from batches
    where
        as_of_date >= {{ recoup.as_of_date() }}
        and recorded_at <= {{ recoup.known_at() }}
        -- a pull during the day did not see the whole of it
        and recorded_at >= {{ recoup.end_of_day(recoup.as_of_date()) }}
        and finished_at is not null
        and not is_absent
        and batch_id in (select logged.batch_id from logged)
    {%- else -%}
    select
        {{ 'true' if var('prior_contact_declared') else 'false' }} as is_there,
        'there is no contact log, and no signed declaration that nobody was contacted before is in force' as detail
    {%- endif %}
),

no_log as (
    select
        population.account_id,
        'NO_CONTACT_LOG' as rule_id,
        log.detail
    from population
    cross join log
    where log.is_there is not true
),

no_point as (
    select
        population.account_id,
        'NO_CONTACT_POINT' as rule_id,
        case
            when persons.account_id is null then 'nobody is on record as owing the account'
            else 'no valid contact point for {{ var("contact_media") | join(", ") }}'
        end as detail
    from population
    left join (select distinct account_id from candidates) as reachable
        on population.account_id = reachable.account_id
    left join (select distinct account_id from persons) as persons
        on population.account_id = persons.account_id
    where reachable.account_id is null
),

found as (
    select * from no_log
    union all
    select * from no_point
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        found.account_id,
        cast(null as text) as person_id,
        cast(null as text) as contact_point_id,
        cast(null as text) as channel,
        cast(null as text) as debt_id,
        rules.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        cast(null as timestamptz) as blocked_until_utc,
        found.detail
    from found
    inner join rules
        on found.rule_id = rules.rule_id
)

select * from blocks
