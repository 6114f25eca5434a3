{#- Days since the due date at which a cohort's collections are shown, in order. -#}
{% macro collection_ages() -%}
    {{- return([0, 7, 14, 30, 60, 90, 120, 180, 270, 360]) -}}
{%- endmacro %}

{#- The first of them that `days` has not passed; null beyond the last. What was paid before the due date counts at 0. -#}
{% macro collection_age(days) -%}
    case
        {%- for age in recoup.collection_ages() %}
        when {{ days }} <= {{ age }} then {{ age }}
        {%- endfor %}
    end
{%- endmacro %}
