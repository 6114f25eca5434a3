{{ config(post_hook='analyze {{ this }}') }}

with

points as (
    select * from {{ ref('points_in_scope') }}
),

regions as (
    select distinct
        persons.person_id,
        upper(trim(population.region)) as region
    from {{ ref('contactable_persons') }} as persons
    inner join {{ ref('population') }} as population
        on persons.account_id = population.account_id and persons.list_date = population.list_date
    where population.region is not null
),

postal_zones as (
    select * from {{ ref('postal_zones') }}
),

area_code_zones as (
    select * from {{ ref('area_code_zones') }}
),

region_zones as (
    select * from {{ ref('region_zones') }}
),

postal_codes as (
    select distinct
        person_id,
        postal_code
    from points
    where postal_code is not null and trim(postal_code) <> ''
),

by_postal_code as (
    select
        postal_codes.person_id,
        string_agg(postal_zones.time_zones, '|' order by postal_codes.postal_code) as zones,
        bool_and(postal_zones.time_zones is not null) as is_known
    from postal_codes
    left join postal_zones
        on
            {{ recoup.postal_country('postal_codes.postal_code') }} = postal_zones.country
            and {{ recoup.postal_prefix('postal_codes.postal_code') }} = postal_zones.postal_prefix
    group by postal_codes.person_id
),

by_region as (
    select
        regions.person_id,
        string_agg(region_zones.time_zones, '|' order by regions.region) as zones,
        bool_and(region_zones.time_zones is not null) as is_known
    from regions
    left join region_zones
        on regions.region = region_zones.region or regions.region = region_zones.country || '-' || region_zones.region
    group by regions.person_id
),

collected as (
    -- The region of the account speaks only for a person of whom no postal code is known. A number whose code is not on
    -- record could be anywhere, and so could its person.
    select
        points.contact_point_id,
        points.person_id,
        coalesce(by_postal_code.zones, by_region.zones) as place_zones,
        case when points.medium in ('voice', 'sms') then area_code_zones.time_zones end as number_zones,
        coalesce(by_postal_code.is_known, by_region.is_known, true)
        and (points.medium not in ('voice', 'sms') or area_code_zones.time_zones is not null) as is_known
    from points
    left join by_postal_code
        on points.person_id = by_postal_code.person_id
    left join by_region
        on points.person_id = by_region.person_id
    left join area_code_zones
        on points.area_code = area_code_zones.area_code
),

named as (
    select
        collected.contact_point_id,
        array_agg(distinct zone.name order by zone.name) as time_zone_set
    from collected
    cross join unnest({{ split("concat_ws('|', collected.place_zones, collected.number_zones)") }}) as zone (name)
    group by collected.contact_point_id
),

gathered as (
    select
        collected.contact_point_id,
        collected.person_id,
        coalesce(named.time_zone_set, cast(array[] as text[])) as time_zone_set,
        -- a place's first zone is its most common one; it goes before the number's, for people keep their numbers
        nullif(split_part(coalesce(collected.place_zones, collected.number_zones), '|', 1), '') as primary_time_zone,
        collected.is_known
    from collected
    left join named
        on collected.contact_point_id = named.contact_point_id
),

judged as (
    select
        {{ recoup.list_date() }} as list_date,
        contact_point_id,
        person_id,
        time_zone_set,
        primary_time_zone,
        is_known and cardinality(time_zone_set) > 0 as is_known
    from gathered
)

select * from judged
