-- Voluntary, involuntary and unknown are all of the churn: a fourth kind would be lost.
with

metrics as (
    select * from {{ ref('kpi_customers') }}
    where as_of_date = {{ as_of_date() }}
),

sums as (
    select
        period,
        kpi_date,
        grain,
        grain_value,
        sum(numerator) filter (where metric = 'churn_rate') as lost_count,
        sum(numerator) filter (
            where metric in ('churn_rate_voluntary', 'churn_rate_involuntary', 'churn_rate_unknown')
        ) as classified_count
    from metrics
    where metric like 'churn_rate%'
    group by period, kpi_date, grain, grain_value
),

failing as (
    select * from sums
    where lost_count is distinct from classified_count
)

select * from failing
