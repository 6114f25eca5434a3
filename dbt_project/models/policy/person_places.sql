{{ config(post_hook='analyze {{ this }}') }}

with

persons as (
    select
        person_id,
        array_agg(distinct bound.role) as collector_roles
    from {{ ref('contactable_persons') }}
    cross join unnest(collector_roles) as bound (role)
    group by person_id
),

point_zones as (
    select * from {{ ref('time_zones') }}
),

points as (
    select * from {{ ref('points_in_scope') }}
),

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

contactable as (
    select * from {{ ref('contactable_persons') }}
),

postal_zones as (
    select * from {{ ref('postal_zones') }}
),

region_zones as (
    select * from {{ ref('region_zones') }}
),

zones as (
    select
        point_zones.person_id,
        zone.name as time_zone
    from point_zones
    cross join unnest(point_zones.time_zone_set) as zone (name)
),

zone_sets as (
    select
        person_id,
        array_agg(distinct time_zone order by time_zone) as time_zone_set
    from zones
    group by person_id
),

certainty as (
    -- one point that could be anywhere makes the whole person's place unknown
    select
        person_id,
        bool_and(is_known) as is_known,
        (array_agg(primary_time_zone order by contact_point_id) filter (where primary_time_zone is not null))[1]
            as primary_time_zone
    from point_zones
    group by person_id
),

places_by_postal_code as (
    select distinct
        points.person_id,
        place.jurisdiction
    from points
    inner join postal_zones
        on
            {{ recoup.postal_country('points.postal_code') }} = postal_zones.country
            and {{ recoup.postal_prefix('points.postal_code') }} = postal_zones.postal_prefix
    cross join unnest({{ recoup.split('postal_zones.jurisdictions') }}) as place (jurisdiction)
),

places_by_region as (
    select distinct
        contactable.person_id,
        place.jurisdiction
    from contactable
    inner join population
        on contactable.account_id = population.account_id
    inner join region_zones
        on
            upper(trim(population.region)) = region_zones.region
            or upper(trim(population.region)) = region_zones.country || '-' || region_zones.region
    cross join unnest({{ recoup.split('region_zones.jurisdictions') }}) as place (jurisdiction)
    where
        not exists (
            select 1 from places_by_postal_code where places_by_postal_code.person_id = contactable.person_id
        )
),

jurisdictions as (
    select
        person_id,
        array_agg(distinct jurisdiction order by jurisdiction) as jurisdictions
    from (
        select * from places_by_postal_code
        union all
        select * from places_by_region
    ) as places
    group by person_id
),

placed as (
    select
        {{ recoup.list_date() }} as list_date,
        persons.person_id,
        persons.collector_roles,
        coalesce(zone_sets.time_zone_set, cast(array[] as text[])) as time_zone_set,
        certainty.primary_time_zone,
        coalesce(certainty.is_known, false) as is_known,
        coalesce(jurisdictions.jurisdictions, cast(array[] as text[])) as jurisdictions
    from persons
    left join zone_sets
        on persons.person_id = zone_sets.person_id
    left join certainty
        on persons.person_id = certainty.person_id
    left join jurisdictions
        on persons.person_id = jurisdictions.person_id
)

select * from placed
