with

today as (
    select
        {{ as_of_date() }} as ends_on,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as month_starts_on
),

periods as (
    select
        'day' as period,
        ends_on as kpi_date,
        ends_on as starts_on,
        ends_on,
        -- what one day alone says too little about is measured over the quarter that ends on it
        ends_on - 89 as quarter_starts_on,
        true as is_complete
    from today
    union all
    select
        'month' as period,
        month_starts_on as kpi_date,
        month_starts_on as starts_on,
        ends_on,
        month_starts_on as quarter_starts_on,
        -- the month is closed on its last day
        extract(day from ends_on + 1) = 1 as is_complete
    from today
)

select * from periods
