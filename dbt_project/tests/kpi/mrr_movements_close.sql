-- Opening and movements make the closing recurring revenue of every period in every grain; in total the closing of a
-- month is the opening of the next. Otherwise a movement is missing or counted twice.
with

metrics as (
    select * from {{ ref('kpi_revenue') }}
    where as_of_date = {{ as_of_date() }}
),

periods as (
    select
        period,
        kpi_date,
        currency,
        grain,
        grain_value,
        sum(value) filter (where metric = 'mrr_opening') as opening_amount,
        sum(value) filter (
            where metric in ('mrr_new', 'mrr_expansion', 'mrr_contraction', 'mrr_churned', 'mrr_reactivated')
        ) as movement_amount,
        sum(value) filter (where metric = 'mrr') as closing_amount
    from metrics
    where metric like 'mrr%'
    group by period, kpi_date, currency, grain, grain_value
),

chained as (
    select
        *,
        lag(closing_amount) over (partition by period, currency, grain, grain_value order by kpi_date)
            as previous_closing_amount
    from periods
),

failing as (
    select * from chained
    where
        opening_amount + movement_amount <> closing_amount
        or (period = 'month' and grain = 'total' and previous_closing_amount <> opening_amount)
)

select * from failing
