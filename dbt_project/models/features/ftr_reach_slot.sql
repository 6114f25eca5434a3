{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        indexes=[{'columns': ['as_of_date', 'contact_point_id']}]
    )
}}

with

candidates as (
    select * from {{ ref('contact_candidates') }}
    where channel = 'voice'
),

time_zones as (
    select * from {{ ref('time_zones') }}
),

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

chosen as (
    -- a person on several accounts has one phone: its row names the account that owes the most
    select
        candidates.contact_point_id,
        candidates.person_id,
        candidates.point_type,
        candidates.valid_from,
        (
            array_agg(
                candidates.account_id
                order by candidates.is_primary desc, population.past_due_amount desc, candidates.account_id
            )
        )[1] as account_id
    from candidates
    inner join population
        on candidates.account_id = population.account_id
    group by candidates.contact_point_id, candidates.person_id, candidates.point_type, candidates.valid_from
),

points as (
    select
        chosen.contact_point_id,
        chosen.person_id,
        chosen.point_type,
        chosen.valid_from,
        chosen.account_id,
        population.segment,
        population.region,
        population.product,
        time_zones.primary_time_zone
    from chosen
    inner join population
        on chosen.account_id = population.account_id
    left join time_zones
        on chosen.contact_point_id = time_zones.contact_point_id
),

hours as (
    select hour.local_hour
    from (
        values (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)
    ) as hour (local_hour)
),

queries as (
    select
        points.contact_point_id || '|' || hours.local_hour as query_id,
        points.contact_point_id,
        points.person_id,
        {{ recoup.list_date() }} as local_date,
        hours.local_hour
    from points
    cross join hours
),

past_attempts as (
    select * from {{ ref('int_attempts') }}
    where
        channel = 'voice'
        and direction = 'outbound'
        and local_date <= {{ recoup.as_of_date() }}
        and person_id in (select points.person_id from points)
),

contributions as (
    {{ recoup.reach_contributions('past_attempts') }}
),

inputs as (
    {{ recoup.reach_inputs('queries', 'contributions') }}
),

features as (
    select
        {{ recoup.as_of_date() }} as as_of_date,
        points.contact_point_id,
        queries.local_hour,
        points.account_id,
        points.person_id,
        points.primary_time_zone as time_zone,
        extract(isodow from {{ recoup.list_date() }})::integer as local_weekday,
        extract(day from {{ recoup.list_date() }})::integer as month_day,
        points.point_type,
        greatest({{ recoup.list_date() }} - {{ recoup.local_date('points.valid_from') }}, 0) as point_age_days,
        points.segment,
        points.region,
        points.product,
        inputs.point_attempts_180d,
        inputs.point_rpc_180d,
        inputs.point_daypart_attempts,
        inputs.point_daypart_rpc,
        inputs.point_hour_attempts,
        inputs.point_hour_rpc,
        inputs.person_attempts_180d,
        inputs.person_rpc_180d,
        inputs.days_since_point_attempt,
        inputs.days_since_point_rpc,
        inputs.last_rpc_hour_distance
    from queries
    inner join inputs
        on queries.query_id = inputs.query_id
    inner join points
        on queries.contact_point_id = points.contact_point_id
)

select * from features
