{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_receivables__periods') }}
    where period_kind = 'month'
),

quarters as (
    select * from {{ ref('int_receivables__periods') }}
    where period_kind = 'trailing_3_months'
),

countback as (
    select
        countback.*,
        periods.is_complete
    from {{ ref('int_receivables__countback') }} as countback
    inner join periods
        on
            countback.currency = periods.currency
            and countback.grain = periods.grain
            and countback.grain_value = periods.grain_value
),

metrics as (
    {{ kpi_row('dso', 'ar_end_cents', 'credit_sales_cents', 'days_in_period') }}
    from periods
    union all
    {{ kpi_row('best_possible_dso', 'ar_end_current_cents', 'credit_sales_cents', 'days_in_period') }}
    from periods
    union all
    -- dso less best possible dso: what is past due, over the same sales and days
    {{ kpi_row(
        'average_days_delinquent',
        'ar_end_cents - ar_end_current_cents',
        'credit_sales_cents',
        'days_in_period'
    ) }}
    from periods
    union all
    {{ kpi_row('days_past_due_weighted', 'past_due_days_cents', 'ar_end_past_due_cents') }}
    from periods
    union all
    {{ kpi_row(
        'cei_percent',
        'ar_begin_cents + credit_sales_cents - ar_end_cents',
        'ar_begin_cents + credit_sales_cents - ar_end_current_cents',
        '100'
    ) }}
    from quarters
    union all
    {{ kpi_row(
        'cei_monthly_average_percent',
        'ar_begin_cents + credit_sales_cents::numeric / months_in_period - ar_end_cents',
        'ar_begin_cents + credit_sales_cents::numeric / months_in_period - ar_end_current_cents',
        '100'
    ) }}
    from quarters
    union all
    {{ kpi_row('collection_rate', 'collected_cents', 'fallen_due_cents') }}
    from periods
    union all
    {{ kpi_row('average_days_to_pay', 'applied_days_cents', 'applied_cents') }}
    from periods
),

walked_back as (
    -- days counted month by month: the ratio is the walk's result, not one division
    select
        currency,
        grain,
        grain_value,
        is_complete,
        'dso_countback' as metric,
        cast({{ amount('ar_end_cents', 'currency') }} as numeric(28, 4)) as numerator,
        cast({{ amount('walked_sales_cents', 'currency') }} as numeric(28, 4)) as denominator,
        cast(null as numeric(10, 4)) as multiplier,
        case when not is_exhausted then cast(days_counted as numeric(20, 6)) end as value
    from countback
),

combined as (
    select * from metrics
    union all
    select * from walked_back
),

dated as (
    select
        {{ as_of_date() }} as as_of_date,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as kpi_date,
        'month' as period,
        metric,
        currency,
        grain,
        grain_value,
        numerator,
        denominator,
        multiplier,
        value,
        is_complete
    from combined
)

select * from dated
