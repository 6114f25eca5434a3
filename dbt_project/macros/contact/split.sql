{#- A seed's list cell ("a|b") as a text[]; an empty cell is the empty array. -#}
{% macro split(cell) -%}
    coalesce(string_to_array(nullif({{ cell }}, ''), '|'), cast(array[] as text[]))
{%- endmacro %}
