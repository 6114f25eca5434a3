{{ config(materialized='view') }}

{#- One list of the KPI marts: a new one is added here and nowhere else. -#}
{%- set marts = [
    'kpi_receivables_daily',
    'kpi_receivables_monthly',
    'kpi_collectors',
    'kpi_collections_daily',
    'kpi_recovery',
    'kpi_disputes',
    'kpi_compliance',
    'kpi_revenue',
    'kpi_customers',
    'kpi_churn_after_dunning',
] -%}

with

combined as (
    {%- for mart in marts %}
    select
        as_of_date,
        kpi_date,
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
    from {{ ref(mart) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from combined
