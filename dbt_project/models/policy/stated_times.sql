with

persons as (
    select * from {{ ref('contactable_persons') }}
),

statuses as (
    select * from {{ ref('int_statuses__active') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'hours'
),

about_persons as (
    select
        persons.person_id,
        statuses.status,
        statuses.detail
    from statuses
    inner join persons
        on
            statuses.person_id = persons.person_id
            and (statuses.account_id is null or statuses.account_id = persons.account_id)
),

about_accounts as (
    select
        persons.person_id,
        statuses.status,
        statuses.detail
    from statuses
    inner join persons
        on statuses.account_id = persons.account_id
    where statuses.person_id is null
),

stated as (
    select * from about_persons
    union
    select * from about_accounts
),

relevant as (
    select
        stated.person_id,
        trim(stated.detail) as detail
    from stated
    where
        stated.status in (
            select triggering.status
            from rules
            cross join unnest(rules.trigger_codes) as triggering (status)
        )
),

parsed as (
    -- "HH:MM-HH:MM", local time, the end exclusive; an end at or before the start is on the next day
    select
        person_id,
        coalesce(
            detail ~ '^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', false
        ) as is_readable,
        detail
    from relevant
),

timed as (
    select distinct
        {{ recoup.list_date() }} as list_date,
        person_id,
        is_readable,
        case when is_readable then cast(split_part(detail, '-', 1) as interval) end as starts,
        case when is_readable then cast(split_part(detail, '-', 2) as interval) end as stops
    from parsed
)

select * from timed
