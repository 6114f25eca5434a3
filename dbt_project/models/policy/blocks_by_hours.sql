with

persons as (
    select * from {{ ref('contactable_persons') }}
),

places as (
    select * from {{ ref('person_places') }}
),

windows as (
    select * from {{ ref('contact_windows') }}
    where list_date = {{ recoup.list_date() }}
),

stated_times as (
    select * from {{ ref('stated_times') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind in ('hours', 'location') or rule_id = 'UNKNOWN_TIME_ZONE'
),

closed as (
    -- persons who have no moment of the date over a channel
    select
        windows.person_id,
        windows.channel,
        places.collector_roles,
        places.jurisdictions,
        places.is_known,
        cardinality(places.time_zone_set) as zone_count,
        windows.has_common_hour,
        windows.closing_rule_keys
    from windows
    inner join places
        on windows.person_id = places.person_id
    where isempty(windows.allowed_windows_utc)
),

unknown as (
    select
        closed.person_id,
        closed.channel,
        rules.rule_key,
        case
            when closed.zone_count = 0 then 'no postal code, region or area code says where the person may be'
            else 'a postal code, region or area code is not on record'
        end as detail
    from closed
    inner join rules
        on rules.rule_id = 'UNKNOWN_TIME_ZONE' and closed.channel = any(rules.media)
    where not closed.is_known
),

closed_by_one_rule as (
    -- a rule that opens no hour of this weekday
    select
        closed.person_id,
        closed.channel,
        closing.rule_key,
        'no hour of the day is open' as detail
    from closed
    cross join unnest(closed.closing_rule_keys) as closing (rule_key)
    where closed.is_known
),

no_common_hour as (
    select
        closed.person_id,
        closed.channel,
        rules.rule_key,
        'no hour is allowed in all of ' || closed.zone_count || ' time zones' as detail
    from closed
    inner join rules
        on
            rules.kind = 'location'
            and closed.channel = any(rules.media)
            and {{ recoup.binds_role('rules', 'closed.collector_roles') }}
            and {{ recoup.protects_place('rules', 'closed.jurisdictions') }}
    where closed.is_known and not closed.has_common_hour and closed.closing_rule_keys = '{}'
),

no_convenient_hour as (
    select
        closed.person_id,
        closed.channel,
        rules.rule_key,
        case
            when bool_and(stated_times.is_readable) then 'the stated inconvenient times leave no hour'
            else 'a stated inconvenient time cannot be read'
        end as detail
    from closed
    inner join stated_times
        on closed.person_id = stated_times.person_id
    inner join rules
        on stated_times.rule_key = rules.rule_key and closed.channel = any(rules.media)
    where closed.is_known and closed.has_common_hour
    group by closed.person_id, closed.channel, rules.rule_key
),

found as (
    select * from unknown
    union all
    select * from closed_by_one_rule
    union all
    select * from no_common_hour
    union all
    select * from no_convenient_hour
),

by_rule as (
    -- one row where every channel in use is closed
    select
        person_id,
        rule_key,
        min(detail) as detail,
        case
            when array_agg(channel) @> {{ recoup.contact_media() }} then cast(array[null] as text[])
            else array_agg(distinct channel)
        end as channels
    from found
    group by person_id, rule_key
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        persons.account_id,
        by_rule.person_id,
        cast(null as text) as contact_point_id,
        shut.channel,
        cast(null as text) as debt_id,
        by_rule.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        cast(null as timestamptz) as blocked_until_utc,
        by_rule.detail
    from by_rule
    inner join persons
        on by_rule.person_id = persons.person_id
    cross join unnest(by_rule.channels) as shut (channel)
)

select * from blocks
