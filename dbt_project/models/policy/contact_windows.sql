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

channels as (
    -- letters are bound to no hour
    select used.channel
    from unnest({{ recoup.contact_media() }}) as used (channel)
    where used.channel <> 'letter'
),

bound as (
    -- the hours rules that bind a person over a channel
    select
        places.person_id,
        channels.channel,
        places.time_zone_set,
        places.primary_time_zone,
        array_agg(distinct rules.rule_key order by rules.rule_key) as rule_keys
    from places
    cross join channels
    inner join rules
        on
            channels.channel = any(rules.media)
            and {{ recoup.binds_role('rules', 'places.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
    where places.is_known and places.primary_time_zone is not null
    group by places.person_id, channels.channel, places.time_zone_set, places.primary_time_zone
),

situations as (
    -- many persons, few situations: the clocks are read once for each
    select distinct
        time_zone_set,
        primary_time_zone,
        rule_keys
    from bound
),

questions as (
    select
        situations.time_zone_set,
        situations.primary_time_zone,
        situations.rule_keys,
        zone.name as time_zone,
        asked.rule_key
    from situations
    cross join unnest(situations.time_zone_set) as zone (name)
    cross join unnest(situations.rule_keys) as asked (rule_key)
),

days as (
    -- A zone far away has another date at the same moment: its neighbouring days are looked at too.
    select
        {{ recoup.list_date() }} + shift.days as local_date,
        extract(isodow from {{ recoup.list_date() }} + shift.days)::integer as iso_weekday
    from (values (-1), (0), (1)) as shift (days)
),

hours_of_days as (
    -- a rule that names weekdays says nothing about the others
    select
        rules.rule_key,
        days.local_date,
        case
            when days.iso_weekday = any(rules.weekdays) or coalesce(rules.weekdays = '{}', true)
                then cast(rules.local_from as interval)
            else interval '0'
        end as local_from,
        case
            when days.iso_weekday = any(rules.weekdays) or coalesce(rules.weekdays = '{}', true)
                then cast(rules.local_to as interval)
            else interval '1 day'
        end as local_to
    from rules
    cross join days
),

open_by_zone as (
    -- wall-clock times of each date through the IANA rules of that date: right in both daylight-saving nights
    select
        asked.time_zone,
        asked.rule_key,
        coalesce(
            range_agg(
                tstzrange(
                    (opening.local_date + opening.local_from) at time zone asked.time_zone,
                    (opening.local_date + opening.local_to) at time zone asked.time_zone,
                    '[)'
                )
            ) filter (where opening.local_from < opening.local_to),
            cast('{}' as tstzmultirange)
        ) as open_windows
    from (
        select distinct
            time_zone,
            rule_key
        from questions
    ) as asked
    inner join hours_of_days as opening
        on asked.rule_key = opening.rule_key
    group by asked.time_zone, asked.rule_key
),

of_the_date as (
    -- the list date itself, as the person's most likely zone has it
    select
        questions.time_zone_set,
        questions.primary_time_zone,
        questions.rule_keys,
        questions.rule_key,
        open_by_zone.open_windows * tstzmultirange(
            tstzrange(
                {{ recoup.list_date() }}::timestamp at time zone questions.primary_time_zone,
                ({{ recoup.list_date() }} + 1)::timestamp at time zone questions.primary_time_zone,
                '[)'
            )
        ) as open_windows
    from questions
    inner join open_by_zone
        on questions.time_zone = open_by_zone.time_zone and questions.rule_key = open_by_zone.rule_key
),

open_everywhere as (
    select
        time_zone_set,
        primary_time_zone,
        rule_keys,
        range_intersect_agg(open_windows) as open_windows,
        -- rules that leave no moment of the date on their own, in one of the zones
        coalesce(
            array_agg(distinct rule_key order by rule_key) filter (where isempty(open_windows)),
            cast(array[] as text[])
        ) as closing_rule_keys
    from of_the_date
    group by time_zone_set, primary_time_zone, rule_keys
),

inconvenient as (
    select
        bound.person_id,
        bound.channel,
        bool_or(not stated_times.is_readable) as is_unreadable,
        range_agg(
            tstzrange(
                (days.local_date + stated_times.starts) at time zone zone.name,
                (
                    days.local_date
                    + stated_times.stops
                    + case when stated_times.stops <= stated_times.starts then interval '1 day' else interval '0' end
                ) at time zone zone.name,
                '[)'
            )
        ) filter (where stated_times.is_readable) as closed_windows
    from bound
    inner join stated_times
        on bound.person_id = stated_times.person_id and stated_times.rule_key = any(bound.rule_keys)
    cross join unnest(bound.time_zone_set) as zone (name)
    cross join days
    group by bound.person_id, bound.channel
),

allowed as (
    -- no hours rule, or no known place, opens nothing
    select
        places.person_id,
        channels.channel,
        places.time_zone_set,
        places.primary_time_zone,
        coalesce(open_everywhere.open_windows, cast('{}' as tstzmultirange)) as open_windows,
        coalesce(open_everywhere.closing_rule_keys, cast(array[] as text[])) as closing_rule_keys,
        case
            when inconvenient.is_unreadable then cast('{}' as tstzmultirange)
            else
                coalesce(open_everywhere.open_windows, cast('{}' as tstzmultirange))
                - coalesce(inconvenient.closed_windows, cast('{}' as tstzmultirange))
        end as allowed_windows_utc
    from places
    cross join channels
    left join bound
        on places.person_id = bound.person_id and channels.channel = bound.channel
    left join open_everywhere
        on
            bound.time_zone_set = open_everywhere.time_zone_set
            and bound.primary_time_zone = open_everywhere.primary_time_zone
            and bound.rule_keys = open_everywhere.rule_keys
    left join inconvenient
        on bound.person_id = inconvenient.person_id and bound.channel = inconvenient.channel
),

windows as (
    select
        {{ recoup.list_date() }} as list_date,
        person_id,
        channel,
        time_zone_set,
        primary_time_zone,
        not isempty(open_windows) as has_common_hour,
        closing_rule_keys,
        allowed_windows_utc,
        lower(allowed_windows_utc) as window_start_utc,
        upper(allowed_windows_utc) as window_end_utc
    from allowed
)

select * from windows
