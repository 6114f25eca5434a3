{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

horizons (horizon_days) as (
    values (30), (60), (90)
),

churn as (
    select * from {{ ref('churn_after_dunning') }}
    where as_of_date = {{ as_of_date() }}
),

cells as (
    select
        horizon_days,
        grain,
        grain_value,
        matched_dunned_count,
        matched_dunned_cancelled_count,
        expected_cancelled_count
    from churn
    union all
    -- nobody has been dunned and followed that long: the row in total is there, and null
    select
        horizons.horizon_days,
        'total' as grain,
        'all' as grain_value,
        0 as matched_dunned_count,
        0 as matched_dunned_cancelled_count,
        0 as expected_cancelled_count
    from horizons
    where not exists (select 1 from churn where churn.horizon_days = horizons.horizon_days)
),

ratios as (
    select
        periods.kpi_date,
        periods.period,
        figures.metric,
        cast(null as text) as currency,
        cells.grain,
        cells.grain_value,
        figures.numerator,
        cells.matched_dunned_count as denominator,
        1 as multiplier,
        periods.is_complete
    from cells
    cross join periods
    cross join
        lateral (
            values
            ('churn_after_dunning_' || cells.horizon_days || '_days', cells.matched_dunned_cancelled_count::numeric),
            ('churn_of_undunned_matched_' || cells.horizon_days || '_days', cells.expected_cancelled_count::numeric)
        ) as figures (metric, numerator)
),

metrics as (
    {{ kpi_long_form('ratios') }}
)

select * from metrics
