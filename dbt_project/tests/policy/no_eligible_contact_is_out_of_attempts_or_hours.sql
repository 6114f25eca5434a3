-- A contact that may be made has attempts left and a moment to be made in; the windows lie in the allowed hours of
-- every zone.
with

eligible as (
    select * from {{ ref('eligible_contacts') }}
    where list_date = {{ recoup.list_date() }}
),

hours as (
    select
        min(local_from) as local_from,
        max(local_to) as local_to
    from {{ ref('rules_in_force') }}
    where kind = 'hours'
),

empty as (
    select
        account_id,
        contact_point_id,
        'no attempts or no window' as problem
    from eligible
    where attempts_remaining < 1 or isempty(allowed_windows_utc) or cardinality(time_zone_set) = 0
),

moments as (
    select
        eligible.account_id,
        eligible.contact_point_id,
        lower(opening.span) at time zone zone.name as opens,
        upper(opening.span) at time zone zone.name as closes
    from eligible
    cross join unnest(eligible.allowed_windows_utc) as opening (span)
    cross join unnest(eligible.time_zone_set) as zone (name)
    where eligible.channel <> 'letter'
),

outside as (
    select
        moments.account_id,
        moments.contact_point_id,
        'outside the hours of a zone' as problem
    from moments
    cross join hours
    where
        moments.opens::time < hours.local_from
        or moments.closes::time > hours.local_to
        or moments.opens::date <> moments.closes::date
),

failing as (
    select * from empty
    union all
    select * from outside
)

select * from failing
