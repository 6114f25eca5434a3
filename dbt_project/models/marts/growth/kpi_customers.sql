{{ config(indexes=[{'columns': ['as_of_date']}]) }}

{#- A company that names no margin has no lifetime value: a margin of our own would be an invented figure. -#}
{%- set margin = 'null' if var('gross_margin') is none else var('gross_margin') -%}

with

periods as (
    select * from {{ ref('int_growth__periods') }}
),

calendar as (
    -- a day is shown by its quarter, where a day says too little
    select
        *,
        case period when 'quarter' then 'day' else period end as shown_period
    from periods
    where period in ('quarter', 'month')
),

customers as (
    select * from {{ ref('int_customers__periods') }}
),

revenue as (
    select * from {{ ref('int_revenue__periods') }}
),

cohorts as (
    select * from {{ ref('int_customers__cohorts') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

costs as (
    select * from {{ ref('stg_ledger__costs') }}
),

offers as (
    select * from {{ ref('stg_ledger__offers') }}
),

customers_of_any_currency as (
    select
        period,
        kpi_date,
        grain,
        grain_value,
        sum(opening_count) as opening_count,
        sum(new_count) as new_count,
        sum(lost_count) as lost_count,
        sum(lost_voluntary_count) as lost_voluntary_count,
        sum(lost_involuntary_count) as lost_involuntary_count,
        sum(lost_unknown_count) as lost_unknown_count
    from customers
    group by period, kpi_date, grain, grain_value
),

churn as (
    select
        lost.period,
        lost.kpi_date,
        classes.metric,
        cast(null as text) as currency,
        lost.grain,
        lost.grain_value,
        classes.lost_count as numerator,
        lost.opening_count as denominator
    from customers_of_any_currency as lost
    cross join
        lateral (
            values
            ('churn_rate', lost.lost_count),
            ('churn_rate_voluntary', lost.lost_voluntary_count),
            ('churn_rate_involuntary', lost.lost_involuntary_count),
            ('churn_rate_unknown', lost.lost_unknown_count)
        ) as classes (metric, lost_count)
    where lost.period in ('day', 'month')
),

lifetime_values as (
    -- margin x (revenue / customers at the start) / (lost / customers at the start): the customers cancel out
    select
        calendar.shown_period as period,
        revenue.kpi_date,
        'customer_lifetime_value' as metric,
        revenue.currency,
        revenue.grain,
        revenue.grain_value,
        {{ amount('revenue.revenue_cents', 'revenue.currency') }} * {{ margin }}::numeric as numerator,
        customers.lost_count as denominator
    from revenue
    inner join calendar on revenue.period = calendar.period and revenue.kpi_date = calendar.kpi_date
    inner join customers
        on
            revenue.period = customers.period
            and revenue.kpi_date = customers.kpi_date
            and revenue.currency = customers.currency
            and revenue.grain = customers.grain
            and revenue.grain_value = customers.grain_value
),

spent as (
    -- costs carry no currency: they are kept in the reporting one
    select
        calendar.shown_period as period,
        calendar.kpi_date,
        '{{ var("reporting_currency") }}' as currency,
        sum(costs.amount_cents) as spent_cents
    from costs
    inner join calendar on costs.cost_on > calendar.opening_on and costs.cost_on <= calendar.ends_on
    where costs.kind = 'acquisition' and {{ as_known('costs') }}
    group by calendar.shown_period, calendar.kpi_date
),

acquired as (
    select
        calendar.shown_period as period,
        calendar.kpi_date,
        gained.new_count
    from customers_of_any_currency as gained
    inner join calendar on gained.period = calendar.period and gained.kpi_date = calendar.kpi_date
    where gained.grain = 'total'
),

acquisition_costs as (
    select
        acquired.period,
        acquired.kpi_date,
        'customer_acquisition_cost' as metric,
        '{{ var("reporting_currency") }}' as currency,
        'total' as grain,
        'all' as grain_value,
        {{ amount('spent.spent_cents', 'spent.currency') }} as numerator,
        acquired.new_count as denominator
    from acquired
    left join spent on acquired.period = spent.period and acquired.kpi_date = spent.kpi_date
),

values_to_costs as (
    select
        lifetime_values.period,
        lifetime_values.kpi_date,
        'ltv_to_cac' as metric,
        lifetime_values.currency,
        lifetime_values.grain,
        lifetime_values.grain_value,
        lifetime_values.numerator / nullif(lifetime_values.denominator, 0) as numerator,
        acquisition_costs.numerator / nullif(acquisition_costs.denominator, 0) as denominator
    from lifetime_values
    inner join acquisition_costs
        on
            lifetime_values.period = acquisition_costs.period
            and lifetime_values.kpi_date = acquisition_costs.kpi_date
            and lifetime_values.currency = acquisition_costs.currency
            and lifetime_values.grain = acquisition_costs.grain
),

made_offers as (
    select
        periods.period,
        periods.kpi_date,
        offers.kind as offer_kind,
        coalesce(lower(offers.outcome) in ('accepted', 'converted', 'won'), false) as is_converted,
        {{ account_dimensions() }}
    from offers
    inner join periods
        on
            offers.made_at >= {{ end_of_day('periods.opening_on') }}
            and offers.made_at < {{ end_of_day('periods.ends_on') }}
    left join accounts on offers.account_id = accounts.account_id
    where periods.period in ('day', 'month') and {{ as_known('offers') }}
),

conversion as (
    select
        made_offers.period,
        made_offers.kpi_date,
        'sales_conversion_rate' as metric,
        cast(null as text) as currency,
        grains.grain,
        grains.grain_value,
        count(*) filter (where made_offers.is_converted) as numerator,
        count(*) as denominator
    from made_offers
    cross join {{ grains_of('made_offers', also=['offer_kind']) }} as grains (grain, grain_value)
    group by made_offers.period, made_offers.kpi_date, grains.grain, grains.grain_value
),

no_offers as (
    select
        periods.period,
        periods.kpi_date,
        'sales_conversion_rate' as metric,
        cast(null as text) as currency,
        'total' as grain,
        'all' as grain_value,
        0 as numerator,
        0 as denominator
    from periods
    where
        periods.period in ('day', 'month')
        and not exists (
            select 1
            from made_offers
            where made_offers.period = periods.period and made_offers.kpi_date = periods.kpi_date
        )
),

combined as (
    select * from churn
    union all
    select * from lifetime_values
    union all
    select * from acquisition_costs
    union all
    select * from values_to_costs
    union all
    select * from conversion
    union all
    select * from no_offers
),

dated as (
    select
        combined.period,
        combined.kpi_date,
        combined.metric,
        combined.currency,
        combined.grain,
        combined.grain_value,
        combined.numerator,
        combined.denominator,
        1 as multiplier,
        periods.is_complete
    from combined
    inner join periods on combined.period = periods.period and combined.kpi_date = periods.kpi_date
    union all
    -- what a cohort has brought so far: it may bring more while one of it is a customer
    select
        'month' as period,
        joined_in_month as kpi_date,
        'customer_realized_value' as metric,
        currency,
        grain,
        grain_value,
        {{ amount('received_cents', 'currency') }} * {{ margin }}::numeric as numerator,
        customer_count as denominator,
        1 as multiplier,
        is_closed as is_complete
    from cohorts
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
