{{ config(post_hook='analyze {{ this }}') }}

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
    where kind = 'specialist'
),

specials as (
    select distinct
        persons.account_id,
        persons.person_id
    from persons
    inner join places
        on persons.person_id = places.person_id
    inner join statuses
        on
            (statuses.person_id = persons.person_id or statuses.account_id = persons.account_id)
            and (statuses.person_id is null or statuses.person_id = persons.person_id)
            and (statuses.account_id is null or statuses.account_id = persons.account_id)
    inner join rules
        on
            statuses.status = any(rules.trigger_codes)
            and {{ recoup.binds_role('rules', 'persons.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
),

queued as (
    -- an executor speaks for the dead, a guardian for a minor; a specialist goes before both
    select
        {{ recoup.list_date() }} as list_date,
        persons.account_id,
        persons.person_id,
        case
            when specials.person_id is not null then 'specialist'
            when persons.role in ('executor', 'guardian') then persons.role
            else 'standard'
        end as queue
    from persons
    left join specials
        on persons.account_id = specials.account_id and persons.person_id = specials.person_id
)

select * from queued
