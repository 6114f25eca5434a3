{#- One metric of a long-form KPI table: value = numerator / denominator * multiplier, null when the denominator is 0.
    Numerators and denominators that are money go in as cents and come out in major units of the row's currency, so that
    a reader can add them up and divide again. -#}
{% macro kpi_row(metric, numerator, denominator, multiplier='1') -%}
    select
        currency,
        grain,
        grain_value,
        is_complete,
        '{{ metric }}' as metric,
        cast(({{ numerator }}) / power(10::numeric, {{ recoup.currency_exponent('currency') }}) as numeric(28, 4)) as numerator,
        cast(({{ denominator }}) / power(10::numeric, {{ recoup.currency_exponent('currency') }}) as numeric(28, 4)) as denominator,
        cast({{ multiplier }} as numeric(10, 4)) as multiplier,
        cast(({{ numerator }})::numeric / nullif(({{ denominator }})::numeric, 0) * {{ multiplier }} as numeric(20, 6)) as value
{%- endmacro %}
