{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_growth__periods') }}
    where period in ('day', 'month')
),

revenue as (
    select * from {{ ref('int_revenue__periods') }}
),

customers as (
    select * from {{ ref('int_customers__periods') }}
),

growth as (
    select
        period,
        kpi_date,
        'revenue_growth_rate' as metric,
        currency,
        grain,
        grain_value,
        {{ amount('revenue_cents - previous_revenue_cents', 'currency') }} as numerator,
        {{ amount('previous_revenue_cents', 'currency') }} as denominator
    from revenue
),

recurring as (
    -- an amount stands over 1, so that every row reads alike
    select
        customers.period,
        customers.kpi_date,
        movements.metric,
        customers.currency,
        customers.grain,
        customers.grain_value,
        {{ amount('movements.cents', 'customers.currency') }} as numerator,
        1 as denominator
    from customers
    cross join
        lateral (
            values
            ('mrr_opening', customers.opening_mrr_cents),
            ('mrr_new', customers.new_cents),
            ('mrr_expansion', customers.expansion_cents),
            ('mrr_contraction', customers.contraction_cents),
            ('mrr_churned', customers.churned_cents),
            ('mrr_reactivated', customers.reactivated_cents),
            ('mrr', customers.closing_mrr_cents)
        ) as movements (metric, cents)
),

combined as (
    select * from growth
    union all
    select * from recurring
),

dated as (
    select
        combined.*,
        1 as multiplier,
        periods.is_complete
    from combined
    inner join periods on combined.period = periods.period and combined.kpi_date = periods.kpi_date
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
