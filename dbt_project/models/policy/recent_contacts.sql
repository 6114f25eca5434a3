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

parties as (
    select * from {{ ref('int_persons_on_accounts') }}
),

spouses as (
    -- whose contacts count for somebody else too, where a rule that binds there says so
    select distinct
        persons.person_id,
        theirs.person_id as spouse_id
    from persons
    inner join parties as own
        on persons.person_id = own.person_id
    inner join parties as theirs
        on own.account_id = theirs.account_id and own.person_id <> theirs.person_id
    inner join rules
        on
            rules.unit = 'person_or_spouse'
            and {{ recoup.binds_role('rules', 'persons.collector_roles') }}
            and {{ recoup.protects_place('rules', 'persons.jurisdictions') }}
    where own.role = 'spouse' or theirs.role = 'spouse'
),

oldest as (
    -- two days more than the longest window: a zone's date may be the company's neighbouring one
    select
        {{ recoup.list_date() }}
        - max(greatest(rules.window_days, ceil(rules.window_hours / 24.0)::integer + 1) + 2) as company_date
    from rules
),

known_attempts as (
    select attempts.*
    from attempts
    inner join persons
        on attempts.person_id = persons.person_id
    where
        {{ recoup.as_known('attempts') }}
        and attempts.company_date > (select oldest.company_date from oldest)
),

spouse_attempts as (
    select
        spouses.person_id as counted_person_id,
        attempts.*
    from attempts
    inner join spouses
        on attempts.person_id = spouses.spouse_id
    where
        {{ recoup.as_known('attempts') }}
        and attempts.company_date > (select oldest.company_date from oldest)
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

about_debts as (
    select * from by_named_debt
    union
    select * from by_person
),

attributed as (
    select
        known_attempts.person_id as counted_person_id,
        'debt' as counts_by,
        about_debts.debt_unit,
        known_attempts.attempt_id,
        known_attempts.started_at,
        known_attempts.channel,
        known_attempts.point_type,
        known_attempts.direction,
        known_attempts.disposition,
        known_attempts.is_conversation
    from known_attempts
    inner join about_debts
        on known_attempts.attempt_id = about_debts.attempt_id
    union all
    -- the person as a whole, for the rules that count by person
    select
        known_attempts.person_id as counted_person_id,
        'person' as counts_by,
        cast(null as text) as debt_unit,
        known_attempts.attempt_id,
        known_attempts.started_at,
        known_attempts.channel,
        known_attempts.point_type,
        known_attempts.direction,
        known_attempts.disposition,
        known_attempts.is_conversation
    from known_attempts
    union all
    select
        spouse_attempts.counted_person_id,
        'spouse' as counts_by,
        cast(null as text) as debt_unit,
        spouse_attempts.attempt_id,
        spouse_attempts.started_at,
        spouse_attempts.channel,
        spouse_attempts.point_type,
        spouse_attempts.direction,
        spouse_attempts.disposition,
        spouse_attempts.is_conversation
    from spouse_attempts
),

contacts as (
    select
        {{ recoup.list_date() }} as list_date,
        attributed.attempt_id,
        attributed.counted_person_id as person_id,
        attributed.counts_by,
        attributed.debt_unit,
        zone.name as time_zone,
        cast(attributed.started_at at time zone zone.name as date) as local_date,
        attributed.started_at,
        case attributed.channel when 'voicemail' then 'voice' else attributed.channel end as medium,
        attributed.point_type,
        attributed.direction = 'outbound'
        and not coalesce(
            attributed.disposition in (
                select excluded.disposition
                from rules
                cross join unnest(rules.trigger_codes) as excluded (disposition)
                where rules.kind = 'not_counted'
            ),
            false
        ) as is_counted,
        attributed.is_conversation
    from attributed
    inner join persons
        on attributed.counted_person_id = persons.person_id
    cross join unnest(
        case
            when cardinality(persons.time_zone_set) > 0 then persons.time_zone_set
            else cast(array['{{ var("time_zone") }}'] as text[])
        end
    ) as zone (name)
)

select * from contacts
