with

persons as (
    select * from {{ ref('contactable_persons') }}
),

places as (
    select * from {{ ref('person_places') }}
),

statuses as (
    select * from {{ ref('int_statuses__active') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'hours' and trigger_codes <> '{}'
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
    -- a statement closes hours under each rule that binds the person and names it
    select
        stated.person_id,
        rules.rule_key,
        stated.detail
    from stated
    inner join places
        on stated.person_id = places.person_id
    inner join rules
        on
            stated.status = any(rules.trigger_codes)
            and {{ recoup.binds_role('rules', 'places.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
),

parsed as (
    -- "HH:MM-HH:MM", local time, the end exclusive; an end at or before the start is on the next day
    select
        person_id,
        rule_key,
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
        rule_key,
        is_readable,
        case when is_readable then cast(split_part(detail, '-', 1) as interval) end as starts,
        case when is_readable then cast(split_part(detail, '-', 2) as interval) end as stops
    from parsed
)

select * from timed
