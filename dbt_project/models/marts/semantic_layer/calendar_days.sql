{{ config(materialized='view') }}

with

days as (
    {{ day_series('2000-01-01', '2059-12-31') }}
),

described as (
    select
        day as calendar_date,
        cast(date_trunc('month', day) as date) as month_starts_on,
        day + 1 = cast(date_trunc('month', day + 1) as date) as is_month_end
    from days
)

select * from described
