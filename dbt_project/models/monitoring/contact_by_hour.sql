{{ config(materialized='incremental', incremental_strategy='replace_partition') }}

with

attempts as (
    select * from {{ ref('int_attempts') }}
),

calls as (
    select
        extract(isodow from attempts.local_date)::integer as local_weekday,
        attempts.local_hour,
        attempts.is_right_party
    from attempts
    where
        attempts.channel = 'voice'
        and attempts.direction = 'outbound'
        and attempts.company_date > {{ recoup.as_of_date() }} - 90
        and attempts.company_date <= {{ recoup.as_of_date() }}
        and {{ recoup.as_known('attempts') }}
),

by_hour as (
    select
        {{ recoup.as_of_date() }} as as_of_date,
        local_weekday,
        local_hour,
        count(*) as calls,
        count(*) filter (where is_right_party) as right_party_contacts
    from calls
    group by local_weekday, local_hour
)

select * from by_hour
