{{ config(post_hook='analyze {{ this }}') }}

with

persons as (
    select * from {{ ref('person_places') }}
),

contactable as (
    select * from {{ ref('contactable_persons') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind in ('frequency', 'cooldown', 'not_counted')
),

attempts as (
    select * from {{ ref('int_attempts') }}
),

known_attempts as (
    -- one day more than the longest window on each side: a zone's date may be the company's neighbouring one
    select attempts.*
    from attempts
    inner join persons
        on attempts.person_id = persons.person_id
    where
        {{ recoup.as_known('attempts') }}
        and attempts.company_date > {{ recoup.list_date() }} - (select max(rules.window_days) + 2 from rules)
),

debt_units as (
    select distinct
        contactable.person_id,
        debts.debt_id,
        debts.debt_unit
    from contactable
    inner join debts
        on contactable.account_id = debts.account_id
),

named_debts as (
    select distinct
        known_attempts.attempt_id,
        mention.debt_id
    from known_attempts
    cross join unnest(known_attempts.debt_ids) as mention (debt_id)
),

recognized as (
    -- debts that we hold, also those that are not past due: such a call was not about another debt
    select distinct named_debts.attempt_id
    from named_debts
    inner join {{ ref('stg_ledger__debts') }} as held
        on named_debts.debt_id = held.debt_id and {{ recoup.as_known('held') }}
),

by_named_debt as (
    select distinct
        known_attempts.attempt_id,
        debt_units.debt_unit
    from known_attempts
    inner join named_debts
        on known_attempts.attempt_id = named_debts.attempt_id
    inner join debt_units
        on known_attempts.person_id = debt_units.person_id and named_debts.debt_id = debt_units.debt_id
),

by_person as (
    -- no debt named, or none that we hold: it counts against every debt of the person
    select distinct
        known_attempts.attempt_id,
        debt_units.debt_unit
    from known_attempts
    inner join debt_units
        on known_attempts.person_id = debt_units.person_id
    where known_attempts.attempt_id not in (select recognized.attempt_id from recognized)
),

attributed as (
    select * from by_named_debt
    union
    select * from by_person
    union
    -- the person as a whole, for the rules that count by person
    select
        known_attempts.attempt_id,
        cast(null as text) as debt_unit
    from known_attempts
),

contacts as (
    select
        {{ recoup.list_date() }} as list_date,
        known_attempts.attempt_id,
        known_attempts.person_id,
        attributed.debt_unit,
        zone.name as time_zone,
        cast(known_attempts.started_at at time zone zone.name as date) as local_date,
        case known_attempts.channel when 'voicemail' then 'voice' else known_attempts.channel end as medium,
        known_attempts.point_type,
        known_attempts.direction = 'outbound'
        and not coalesce(
            known_attempts.disposition in (
                select excluded.disposition
                from rules
                cross join unnest(rules.trigger_codes) as excluded (disposition)
                where rules.kind = 'not_counted'
            ),
            false
        ) as is_counted,
        known_attempts.is_conversation
    from known_attempts
    inner join attributed
        on known_attempts.attempt_id = attributed.attempt_id
    inner join persons
        on known_attempts.person_id = persons.person_id
    cross join unnest(
        case
            when cardinality(persons.time_zone_set) > 0 then persons.time_zone_set
            else cast(array['{{ var("time_zone") }}'] as text[])
        end
    ) as zone (name)
)

select * from contacts
