{{
    config(
        materialized='table',
        indexes=[{'columns': ['person_id']}]
    )
}}

with

calls as (
    select *
    from {{ ref('int_attempts') }}
    where
        channel = 'voice'
        and direction = 'outbound'
        and local_date <= {{ recoup.as_of_date() }}
        and local_date > {{ recoup.as_of_date() }} - {{ var('reach_history_days') }}
),

contributions as (
    {{ recoup.reach_contributions('calls') }}
),

types as (
    select
        contact_point_id,
        (array_agg(point_type order by known_from desc, point_type))[1] as point_type
    from calls
    where known_from <= {{ recoup.known_at() }}
    group by contact_point_id
),

features as (
    select
        contributions.contact_point_id,
        contributions.person_id,
        types.point_type,
        contributions.on_date,
        contributions.called_on,
        contributions.local_hour,
        extract(isodow from contributions.called_on)::integer as local_weekday,
        sum(contributions.attempts)::integer as attempts,
        sum(contributions.right_parties)::integer as right_parties
    from contributions
    inner join types
        on contributions.contact_point_id = types.contact_point_id
    where contributions.on_date <= {{ recoup.as_of_date() }}
    group by
        contributions.contact_point_id, contributions.person_id, types.point_type, contributions.on_date,
        contributions.called_on, contributions.local_hour
)

select * from features
where attempts <> 0 or right_parties <> 0
