with

today as (
    select
        {{ as_of_date() }} as ends_on,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as month_starts_on
),

quarters as (
    select
        ends_on,
        month_starts_on,
        cast(month_starts_on - interval '2 months' as date) as quarter_starts_on,
        cast(date_trunc('month', ends_on + 1) as date) = ends_on + 1 as is_month_closed
    from today
),

bounds as (
    -- a rolling quarter for every day: the same length on any date, so days can be compared
    select
        'trailing_90_days' as period_kind,
        ends_on - 89 as starts_on,
        ends_on,
        3 as months_in_period,
        true as is_complete
    from quarters
    union all
    select
        'month' as period_kind,
        month_starts_on as starts_on,
        ends_on,
        1 as months_in_period,
        is_month_closed as is_complete
    from quarters
    union all
    select
        'trailing_3_months' as period_kind,
        quarter_starts_on as starts_on,
        ends_on,
        3 as months_in_period,
        is_month_closed as is_complete
    from quarters
),

measured as (
    select
        period_kind,
        starts_on,
        ends_on,
        ends_on - starts_on + 1 as days_in_period,
        months_in_period,
        is_complete
    from bounds
)

select * from measured
