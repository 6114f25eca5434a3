{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

contact_counts as (
    select * from {{ ref('int_collections__contact_counts') }}
),

promise_counts as (
    select * from {{ ref('int_collections__promise_counts') }}
),

contact_ratios as (
    select
        contact_counts.period,
        metrics.metric,
        cast(null as text) as currency,
        contact_counts.grain,
        contact_counts.grain_value,
        metrics.numerator,
        metrics.denominator
    from contact_counts
    cross join
        lateral (
            values
            ('coverage', contact_counts.attempted_count, contact_counts.assigned_count),
            ('penetration', contact_counts.contacted_count, contact_counts.assigned_count),
            ('intensity', contact_counts.attempt_count, contact_counts.attempted_count),
            ('connect_rate', contact_counts.contact_count, contact_counts.call_count),
            ('rpc_rate_contacts', contact_counts.rpc_count, contact_counts.contact_count),
            ('rpc_rate_calls', contact_counts.rpc_count, contact_counts.call_count),
            ('ptp_rate_rpc', contact_counts.promise_count, contact_counts.rpc_count),
            ('ptp_rate_calls', contact_counts.promise_count, contact_counts.call_count),
            ('average_handle_time', contact_counts.handle_seconds, contact_counts.handled_count)
        ) as metrics (metric, numerator, denominator)
    where
        -- who is assigned is not known by campaign, channel or collector of the attempts
        contact_counts.grain in ('total', 'product', 'segment', 'region')
        or metrics.metric not in ('coverage', 'penetration')
),

promise_cells as (
    -- a day on which no promise matured still has its row in total
    select period, grain, grain_value, matured_count, kept_count from promise_counts
    union all
    select period, 'total' as grain, 'all' as grain_value, 0 as matured_count, 0 as kept_count from periods
),

promise_ratios as (
    select
        period,
        'kept_promise_rate' as metric,
        cast(null as text) as currency,
        grain,
        grain_value,
        sum(kept_count) as numerator,
        sum(matured_count) as denominator
    from promise_cells
    group by period, grain, grain_value
),

promise_amount_ratios as (
    select
        period,
        'kept_promise_amount_rate' as metric,
        currency,
        grain,
        grain_value,
        {{ amount('paid_cents', 'currency') }} as numerator,
        {{ amount('promised_cents', 'currency') }} as denominator
    from promise_counts
),

ratios as (
    select * from contact_ratios
    union all
    select * from promise_ratios
    union all
    select * from promise_amount_ratios
),

dated as (
    select
        periods.kpi_date,
        ratios.*,
        1 as multiplier,
        periods.is_complete
    from ratios
    inner join periods on ratios.period = periods.period
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
