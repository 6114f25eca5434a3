{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

collectors as (
    select * from {{ ref('int_collectors__receivables') }}
),

dated as (
    select
        case period
            when 'month' then cast(date_trunc('month', {{ as_of_date() }}) as date)
            else {{ as_of_date() }}
        end as kpi_date,
        period,
        'collector_effectiveness' as metric,
        currency,
        grain,
        grain_value,
        {{ amount('collected_cents', 'currency') }} as numerator,
        {{ amount('assigned_cents', 'currency') }} as denominator,
        1 as multiplier,
        is_complete
    from collectors
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
