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
    select
        person_id,
        bool_and(is_readable) as is_readable
    from {{ ref('stated_times') }}
    group by person_id
),

rules as (
    select * from {{ ref('rules_in_force') }}
),

judged as (
    select
        persons.account_id,
        persons.person_id,
        persons.collector_roles,
        places.is_known,
        cardinality(places.time_zone_set) as zone_count,
        windows.has_common_hour,
        isempty(windows.allowed_windows_utc) as is_closed,
        coalesce(stated_times.is_readable, true) as is_readable
    from persons
    inner join places
        on persons.person_id = places.person_id
    inner join windows
        on persons.person_id = windows.person_id
    left join stated_times
        on persons.person_id = stated_times.person_id
),

unknown as (
    select
        judged.account_id,
        judged.person_id,
        judged.collector_roles,
        'UNKNOWN_TIME_ZONE' as rule,
        case
            when judged.zone_count = 0 then 'no postal code, region or area code says where the person may be'
            else 'a postal code, region or area code is not on record'
        end as detail
    from judged
    where not judged.is_known
),

no_common_hour as (
    select
        judged.account_id,
        judged.person_id,
        judged.collector_roles,
        'location' as rule,
        'no hour is allowed in all of ' || judged.zone_count || ' time zones' as detail
    from judged
    where judged.is_known and not judged.has_common_hour
),

no_convenient_hour as (
    select
        judged.account_id,
        judged.person_id,
        judged.collector_roles,
        'hours' as rule,
        case
            when judged.is_readable then 'the stated inconvenient times leave no hour'
            else 'a stated inconvenient time cannot be read'
        end as detail
    from judged
    where judged.is_known and judged.has_common_hour and judged.is_closed
),

found as (
    select * from unknown
    union all
    select * from no_common_hour
    union all
    select * from no_convenient_hour
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        found.account_id,
        found.person_id,
        cast(null as text) as contact_point_id,
        closed.channel,
        cast(null as text) as debt_id,
        rules.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        cast(null as timestamptz) as blocked_until_utc,
        found.detail
    from found
    inner join rules
        on found.rule in (rules.rule_id, rules.kind) and {{ recoup.binds_role('rules', 'found.collector_roles') }}
    {{ recoup.closed_channels('rules') }}
)

select * from blocks
