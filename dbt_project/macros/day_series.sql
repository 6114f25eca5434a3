{#- One row a calendar day from `first` to `last`, both inclusive, in a column `day`. -#}
{% macro day_series(first, last) -%}
    select cast(series.day as date) as day
    from generate_series(cast('{{ first }}' as date), cast('{{ last }}' as date), interval '1 day') as series (day)
{%- endmacro %}
