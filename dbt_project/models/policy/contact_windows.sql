{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'person_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

places as (
    select * from {{ ref('person_places') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'hours'
),

stated_times as (
    select * from {{ ref('stated_times') }}
),

hours as (
    -- of all hours rules that protect the person, the latest start and the earliest end
    select
        places.person_id,
        max(rules.local_from) as local_from,
        min(rules.local_to) as local_to
    from places
    inner join rules
        on
            {{ recoup.binds_role('rules', 'places.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
    group by places.person_id
),

zoned as (
    select
        places.person_id,
        zone.name as time_zone,
        hours.local_from,
        hours.local_to
    from places
    inner join hours
        on places.person_id = hours.person_id
    cross join unnest(places.time_zone_set) as zone (name)
    where places.is_known
),

days as (
    -- A zone far away has another date at the same moment: its neighbouring days are looked at too.
    select {{ recoup.list_date() }} + shift.days as local_date
    from (values (-1), (0), (1)) as shift (days)
),

zone_hours as (
    select distinct
        time_zone,
        local_from,
        local_to
    from zoned
),

open_by_zone as (
    -- wall-clock times of each date through the IANA rules of that date: right in both daylight-saving nights
    select
        zone_hours.time_zone,
        zone_hours.local_from,
        zone_hours.local_to,
        range_agg(
            tstzrange(
                (days.local_date + zone_hours.local_from) at time zone zone_hours.time_zone,
                (days.local_date + zone_hours.local_to) at time zone zone_hours.time_zone,
                '[)'
            )
        ) as open_windows
    from zone_hours
    cross join days
    where zone_hours.local_from < zone_hours.local_to
    group by zone_hours.time_zone, zone_hours.local_from, zone_hours.local_to
),

open_everywhere as (
    select
        zoned.person_id,
        range_intersect_agg(open_by_zone.open_windows) as open_windows
    from zoned
    inner join open_by_zone
        on
            zoned.time_zone = open_by_zone.time_zone
            and zoned.local_from = open_by_zone.local_from
            and zoned.local_to = open_by_zone.local_to
    group by zoned.person_id
),

inconvenient as (
    select
        zoned.person_id,
        range_agg(
            tstzrange(
                (days.local_date + stated_times.starts) at time zone zoned.time_zone,
                (
                    days.local_date
                    + stated_times.stops
                    + case when stated_times.stops <= stated_times.starts then interval '1 day' else interval '0' end
                ) at time zone zoned.time_zone,
                '[)'
            )
        ) as closed_windows
    from zoned
    inner join stated_times
        on zoned.person_id = stated_times.person_id and stated_times.is_readable
    cross join days
    group by zoned.person_id
),

unreadable as (
    select distinct person_id from stated_times
    where not is_readable
),

bounded as (
    -- the list date itself, as the person's most likely zone has it
    select
        places.person_id,
        places.time_zone_set,
        places.primary_time_zone,
        coalesce(open_everywhere.open_windows, cast('{}' as tstzmultirange))
        * tstzmultirange(
            tstzrange(
                {{ recoup.list_date() }}::timestamp at time zone places.primary_time_zone,
                ({{ recoup.list_date() }} + 1)::timestamp at time zone places.primary_time_zone,
                '[)'
            )
        ) as open_windows
    from places
    left join open_everywhere
        on places.person_id = open_everywhere.person_id
),

allowed as (
    select
        bounded.person_id,
        bounded.time_zone_set,
        bounded.primary_time_zone,
        not isempty(coalesce(bounded.open_windows, cast('{}' as tstzmultirange))) as has_common_hour,
        case
            when unreadable.person_id is not null then cast('{}' as tstzmultirange)
            else
                coalesce(bounded.open_windows, cast('{}' as tstzmultirange))
                - coalesce(inconvenient.closed_windows, cast('{}' as tstzmultirange))
        end as allowed_windows_utc
    from bounded
    left join inconvenient
        on bounded.person_id = inconvenient.person_id
    left join unreadable
        on bounded.person_id = unreadable.person_id
),

windows as (
    select
        {{ recoup.list_date() }} as list_date,
        person_id,
        time_zone_set,
        primary_time_zone,
        has_common_hour,
        allowed_windows_utc,
        lower(allowed_windows_utc) as window_start_utc,
        upper(allowed_windows_utc) as window_end_utc
    from allowed
)

select * from windows
