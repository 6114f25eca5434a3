{#- Sums the columns of a CTE that has currency, product, segment and region (and the extra `keys`) once in total and once
    for each value of each of the three: long form with grain and grain_value, currencies never mixed. -#}
{% macro by_grain(relation, sums, keys=[]) -%}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        currency,
        case
            when grouping(product) = 0 then 'product'
            when grouping(segment) = 0 then 'segment'
            when grouping(region) = 0 then 'region'
            else 'total'
        end as grain,
        coalesce(product, segment, region, 'all') as grain_value,
        {%- for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by
        grouping sets (
            {%- set prefix = (keys + ['currency']) | join(', ') %}
            ({{ prefix }}), ({{ prefix }}, product), ({{ prefix }}, segment), ({{ prefix }}, region)
        )
{%- endmacro %}
