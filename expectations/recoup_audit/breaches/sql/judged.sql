-- The contacts to be judged, each with its debts, its zones and local times, its places, and the rules that bind it.
create temporary table judged on commit drop as
select
    attempt.attempt_id,
    attempt.person_id,
    attempt.contact_point_id,
    attempt.medium,
    attempt.channel,
    attempt.campaign,
    attempt.started_at,
    (attempt.started_at at time zone this_run.company_zone)::date as company_date,
    place.is_known,
    place.places,
    -- where the place is not known, dates are the company's
    case when place.is_known then place.zones else array[this_run.company_zone] end as zones,
    case when point.person_id = attempt.person_id then point.point_type else 'unknown' end as point_type,
    coalesce(point.person_id = attempt.person_id, false) as is_own_point
from attempt
cross join this_run
inner join touched on attempt.person_id = touched.person_id and attempt.started_at >= touched.since
inner join place
    on attempt.person_id = place.person_id
    and place.from_on <= (attempt.started_at at time zone this_run.company_zone)::date
    and place.to_on > (attempt.started_at at time zone this_run.company_zone)::date
left join point on attempt.contact_point_id = point.contact_point_id
where attempt.direction = 'outbound';

create unique index on judged (attempt_id);
create index on judged (person_id);

analyze judged;

create temporary table local_time on commit drop as
select
    judged.attempt_id,
    judged.person_id,
    judged.is_known,
    zones.zone,
    judged.started_at at time zone zones.zone as at,
    (judged.started_at at time zone zones.zone)::date as on_date
from judged
cross join unnest(judged.zones) as zones (zone);

create index on local_time (attempt_id);

analyze local_time;

-- Which units a contact is about. One that names no debt that is held is about all of the person's.
create temporary table about on commit drop as
with

named as (
    select distinct
        attempt.attempt_id,
        attempt.person_id,
        attempt.started_at,
        debt.debt_id,
        debt.account_id,
        debt.unit,
        debt.collector_role
    from attempt
    cross join unnest(attempt.debt_ids) as names (debt_id)
    inner join debt on names.debt_id = debt.debt_id
)

select
    named.*,
    true as is_named
from named
union all
select distinct
    attempt.attempt_id,
    attempt.person_id,
    attempt.started_at,
    debt.debt_id,
    debt.account_id,
    debt.unit,
    debt.collector_role,
    false as is_named
from attempt
inner join party on attempt.person_id = party.person_id and party.role <> 'third_party'
inner join debt on party.account_id = debt.account_id
where not exists (select 1 from named where named.attempt_id = attempt.attempt_id);

create index on about (attempt_id);
create index on about (person_id, unit, started_at);

analyze about;

-- The debts that the question is about: of those, the ones that are the person's on that day.
create temporary table asked on commit drop as
select distinct
    judged.attempt_id,
    judged.person_id,
    judged.started_at,
    about.debt_id,
    about.account_id,
    about.unit,
    about.collector_role
from judged
inner join about on judged.attempt_id = about.attempt_id
inner join party
    on judged.person_id = party.person_id
    and about.account_id = party.account_id
    and party.role <> 'third_party'
    and party.from_on <= judged.company_date
    and (party.to_on is null or party.to_on >= judged.company_date);

create index on asked (attempt_id);
create index on asked (account_id);
create index on asked (debt_id);
create index on asked (person_id, unit, started_at);

analyze asked;

-- A log holds few kinds of contacts: the rules are read once a kind, and `binding` says which ones bind a contact.
create temporary table described on commit drop as
with

dates as (
    select
        attempt_id,
        daterange(min(on_date), max(on_date), '[]') as dates
    from local_time
    group by attempt_id
),

spans as (
    select distinct dates from dates
),

eras as (
    select
        spans.dates,
        array_agg(rules.rule_number order by rules.rule_number) as in_force
    from spans
    inner join rule_text as rules on rules.in_force && spans.dates
    group by spans.dates
),

roles as (
    select
        judged.attempt_id,
        array_agg(distinct asked.collector_role) filter (where asked.collector_role is not null)
        || array[(select company_role from this_run)] as roles
    from judged
    left join asked on judged.attempt_id = asked.attempt_id
    group by judged.attempt_id
)

select
    judged.attempt_id,
    judged.medium,
    judged.channel,
    judged.point_type,
    judged.places,
    roles.roles,
    eras.in_force
from judged
inner join dates on judged.attempt_id = dates.attempt_id
inner join eras on dates.dates = eras.dates
inner join roles on judged.attempt_id = roles.attempt_id;

create temporary table kind on commit drop as
select
    row_number() over () as kind_id,
    kinds.*
from (
    select distinct
        medium,
        channel,
        point_type,
        places,
        roles,
        in_force
    from described
) as kinds;

analyze kind;

create temporary table of_kind on commit drop as
select
    described.attempt_id,
    kind.kind_id
from described
inner join kind
    on described.medium = kind.medium
    and described.channel = kind.channel
    and described.point_type = kind.point_type
    and described.places = kind.places
    and described.roles = kind.roles
    and described.in_force = kind.in_force;

create unique index on of_kind (attempt_id);
create index on of_kind (kind_id);

analyze of_kind;

create temporary table binding_kind on commit drop as
select
    kind.kind_id,
    rules.*
from kind
cross join this_run
inner join rule_text as rules
    on rules.rule_number = any(kind.in_force)
    and (rules.roles is null or rules.roles && kind.roles)
    and (rules.place is null or rules.place = any(kind.places))
    and (
        rules.media is null
        or rules.media && array[kind.medium, kind.channel]
        or (this_run.is_automated_voice and kind.medium = 'voice' and 'automated_voice' = any(rules.media))
    )
    and (rules.point_types is null or kind.point_type = any(rules.point_types));

create index on binding_kind (kind_id, family);

analyze binding_kind;

create temporary view binding as
select
    of_kind.attempt_id,
    binding_kind.*
from of_kind
inner join binding_kind on of_kind.kind_id = binding_kind.kind_id;

create temporary table found (
    attempt_id text not null,
    rule_id text not null,
    debt_unit text not null,
    is_breach boolean not null,
    counted integer,
    cap integer,
    detail text not null,
    citation text not null
) on commit drop;
