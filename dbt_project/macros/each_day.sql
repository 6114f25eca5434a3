{#- Joins one row per calendar day from `first` to `last`, both inclusive, as the column on_day of `alias`. -#}
{% macro each_day(first, last, alias='days') -%}
    cross join lateral generate_series({{ first }}, {{ last }}, interval '1 day') as {{ alias }} (on_day)
{%- endmacro %}
