{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

metrics as (
    select * from {{ ref('int_receivables__metrics') }}
    where period = 'month'
),

dated as (
    select
        {{ as_of_date() }} as as_of_date,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as kpi_date,
        period,
        metric,
        currency,
        grain,
        grain_value,
        numerator,
        denominator,
        multiplier,
        value,
        is_complete
    from metrics
)

select * from dated
