-- Where a person may be, and whose rules protect the person there: for every spell of days on which neither the valid
-- contact points nor the accounts of the person change.
create temporary table spell on commit drop as
with

edges as (
    select person_id, '-infinity'::date as from_on from people
    union
    select person_id, valid_from from point
    union
    select person_id, valid_to from point
    union
    select person_id, from_on from party
    union
    select person_id, to_on + 1 from party
    where to_on is not null
),

spans as (
    select
        edges.person_id,
        edges.from_on,
        lead(edges.from_on, 1, 'infinity'::date) over (partition by edges.person_id order by edges.from_on) as to_on
    from edges
    inner join people on edges.person_id = people.person_id
    where edges.from_on < 'infinity'
)

select
    row_number() over () as spell_id,
    spans.*
from spans;

create index on spell (person_id);

analyze spell;

create temporary table clue on commit drop as
with

valid as (
    select
        spell.spell_id,
        spell.person_id,
        spell.from_on,
        point.medium,
        point.area_code,
        point.postal_code
    from spell
    inner join point
        on spell.person_id = point.person_id
        and point.valid_from <= spell.from_on
        and point.valid_to > spell.from_on
),

codes as (
    -- a code of another shape than a ZIP, a Canadian or a British one is on no record
    select distinct
        spell_id,
        case
            when postal_code ~ '^[0-9]{5}(-[0-9]{4})?$' then 'US'
            when postal_code ~* '^[a-z][0-9][a-z] ?[0-9][a-z][0-9]$' then 'CA'
            when postal_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$' then 'GB'
        end as country,
        case
            when postal_code ~ '^[0-9]{5}(-[0-9]{4})?$' then left(postal_code, 3)
            when postal_code ~* '^[a-z][0-9][a-z] ?[0-9][a-z][0-9]$' then upper(left(postal_code, 1))
            when postal_code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$' then substring(postal_code from '^[A-Z]+')
        end as postal_prefix
    from valid
    where postal_code is not null
),

postal as (
    select distinct
        codes.spell_id,
        zones.time_zones,
        zones.jurisdictions
    from codes
    left join postal_seed as zones on codes.country = zones.country and codes.postal_prefix = zones.postal_prefix
),

area as (
    select distinct
        valid.spell_id,
        zones.time_zones
    from valid
    left join area_code_seed as zones on valid.area_code = zones.area_code
    where valid.medium in ('voice', 'sms')
),

region as (
    select distinct
        spell.spell_id,
        zones.time_zones,
        zones.jurisdictions
    from spell
    inner join party
        on spell.person_id = party.person_id
        and party.role <> 'third_party'
        and party.from_on <= spell.from_on
        and (party.to_on is null or party.to_on >= spell.from_on)
    inner join account on party.account_id = account.account_id
    left join region_seed as zones on account.region = zones.region
    where
        account.region is not null
        and not exists (select 1 from postal where postal.spell_id = spell.spell_id)
)

select spell_id, time_zones, jurisdictions from postal
union all
select spell_id, time_zones, null from area
union all
select spell_id, time_zones, jurisdictions from region;

analyze clue;

create temporary table place on commit drop as
select
    spell.spell_id,
    spell.person_id,
    spell.from_on,
    spell.to_on,
    -- one clue that is on no record, or none at all, and nobody knows
    coalesce(bool_and(clue.time_zones is not null), false) as is_known,
    coalesce(array_agg(distinct zones.zone) filter (where zones.zone is not null), '{}') as zones,
    coalesce(array_agg(distinct places.place) filter (where places.place is not null), '{}') as places
from spell
left join clue on spell.spell_id = clue.spell_id
left join unnest(string_to_array(clue.time_zones, '|')) as zones (zone) on true
left join unnest(string_to_array(clue.jurisdictions, '|')) as places (place) on true
group by spell.spell_id, spell.person_id, spell.from_on, spell.to_on;

create index on place (person_id);

analyze place;
