{{ config(materialized='table') }}

with

period_kinds (period_kind, period, is_quarter) as (
    -- the day's figures look back 90 days; the month's at the month, but the cei at the three months that end with it
    values
    ('trailing_90_days', 'day', false),
    ('trailing_90_days', 'day', true),
    ('month', 'month', false),
    ('trailing_3_months', 'month', true)
),

sums as (
    select
        period_kinds.period,
        period_kinds.is_quarter,
        sums.*
    from {{ ref('int_receivables__periods') }} as sums
    inner join period_kinds on sums.period_kind = period_kinds.period_kind
),

periods as (
    select * from sums
    where not is_quarter
),

quarters as (
    select * from sums
    where is_quarter
),

billed as (
    select
        period_kinds.period,
        cycles.is_complete,
        cycles.grain,
        cycles.grain_value,
        cycles.cycle_days,
        cycles.invoice_count
    from {{ ref('int_invoices__cycles') }} as cycles
    inner join period_kinds on cycles.period_kind = period_kinds.period_kind
    where not period_kinds.is_quarter
),

ratios as (
    {{ receivables_ratio('dso', 'ar_end_cents', 'credit_sales_cents', 'days_in_period') }}
    from periods
    union all
    {{ receivables_ratio('best_possible_dso', 'ar_end_current_cents', 'credit_sales_cents', 'days_in_period') }}
    from periods
    union all
    -- dso less best possible dso: what is past due, over the same sales and days
    {{ receivables_ratio(
        'average_days_delinquent',
        'ar_end_cents - ar_end_current_cents',
        'credit_sales_cents',
        'days_in_period'
    ) }}
    from periods
    union all
    {{ receivables_ratio('days_past_due_weighted', 'past_due_days_cents', 'ar_end_past_due_cents') }}
    from periods
    union all
    {{ receivables_ratio(
        'cei_percent',
        'ar_begin_cents + credit_sales_cents - ar_end_cents',
        'ar_begin_cents + credit_sales_cents - ar_end_current_cents',
        '100'
    ) }}
    from quarters
    union all
    {{ receivables_ratio(
        'cei_monthly_average_percent',
        'ar_begin_cents + credit_sales_cents::numeric / months_in_period - ar_end_cents',
        'ar_begin_cents + credit_sales_cents::numeric / months_in_period - ar_end_current_cents',
        '100'
    ) }}
    from quarters
    union all
    {{ receivables_ratio('collection_rate', 'collected_cents', 'fallen_due_cents') }}
    from periods
    union all
    {{ receivables_ratio('average_days_to_pay', 'applied_days_cents', 'applied_cents') }}
    from periods
),

divided as (
    select
        *,
        numerator_cents / nullif(denominator_cents, 0) * multiplier as value
    from ratios
),

walked_back as (
    -- days counted month by month: the value is the walk's result, not one division
    select
        periods.period,
        periods.is_complete,
        countback.currency,
        countback.grain,
        countback.grain_value,
        'dso_countback' as metric,
        countback.ar_end_cents::numeric as numerator_cents,
        countback.walked_sales_cents::numeric as denominator_cents,
        cast(null as numeric(10, 4)) as multiplier,
        case when not countback.is_exhausted then countback.days_counted end as value
    from {{ ref('int_receivables__countback') }} as countback
    inner join periods
        on
            countback.currency = periods.currency
            and countback.grain = periods.grain
            and countback.grain_value = periods.grain_value
),

tied_to_sales as (
    -- a sum of one division a month of sale; each division is a row of the grain invoice_month
    select
        periods.period,
        periods.is_complete,
        by_month.currency,
        by_month.grain,
        by_month.grain_value,
        'true_dso' as metric,
        sum(by_month.open_days_cents)::numeric as numerator_cents,
        sum(by_month.credit_sales_cents)::numeric as denominator_cents,
        cast(null as numeric(10, 4)) as multiplier,
        case
            when bool_and(by_month.credit_sales_cents <> 0)
                then sum(by_month.open_days_cents::numeric / nullif(by_month.credit_sales_cents, 0))
        end as value
    from {{ ref('int_receivables__by_invoice_month') }} as by_month
    inner join periods
        on
            by_month.currency = periods.currency
            and by_month.grain = periods.grain
            and by_month.grain_value = periods.grain_value
    group by
        periods.period, periods.is_complete, by_month.currency, by_month.grain, by_month.grain_value
    union all
    select
        periods.period,
        periods.is_complete,
        by_month.currency,
        'invoice_month' as grain,
        to_char(by_month.invoice_month, 'YYYY-MM') as grain_value,
        'true_dso' as metric,
        by_month.open_days_cents as numerator_cents,
        by_month.credit_sales_cents as denominator_cents,
        cast(1 as numeric(10, 4)) as multiplier,
        by_month.open_days_cents::numeric / nullif(by_month.credit_sales_cents, 0) as value
    from {{ ref('int_receivables__by_invoice_month') }} as by_month
    inner join periods on by_month.currency = periods.currency and periods.grain = 'total'
    where by_month.grain = 'total'
),

in_money as (
    select * from divided
    union all
    select * from walked_back
    union all
    select * from tied_to_sales
),

converted as (
    select
        period,
        is_complete,
        metric,
        currency,
        grain,
        grain_value,
        numerator_cents / power(10::numeric, {{ currency_exponent('currency') }}) as numerator,
        denominator_cents / power(10::numeric, {{ currency_exponent('currency') }}) as denominator,
        multiplier,
        value
    from in_money
    union all
    select
        period,
        is_complete,
        'invoice_cycle_days' as metric,
        cast(null as text) as currency,
        grain,
        grain_value,
        cycle_days as numerator,
        invoice_count as denominator,
        cast(1 as numeric(10, 4)) as multiplier,
        cycle_days::numeric / nullif(invoice_count, 0) as value
    from billed
),

measured as (
    select
        period,
        metric,
        currency,
        grain,
        grain_value,
        cast(numerator as numeric(28, 4)) as numerator,
        cast(denominator as numeric(28, 4)) as denominator,
        multiplier,
        cast(value as numeric(20, 6)) as value,
        is_complete
    from converted
)

select * from measured
