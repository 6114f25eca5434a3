{#- One receivables metric as a ratio of two sums of the CTE it is selected from, in minor units of the row's currency. -#}
{% macro receivables_ratio(metric, numerator, denominator, multiplier='1') -%}
    select
        period,
        is_complete,
        currency,
        grain,
        grain_value,
        '{{ metric }}' as metric,
        cast({{ numerator }} as numeric) as numerator_cents,
        cast({{ denominator }} as numeric) as denominator_cents,
        cast({{ multiplier }} as numeric(10, 4)) as multiplier
{%- endmacro %}
