{#- Aging bucket of a count of days past due (0 or less = current; overdue starts at day 1). Upper ends, inclusive, come
    from the var aging_bucket_days, so a company may cut its buckets elsewhere. -#}
{% macro aging_bucket(days_past_due) -%}
    case
        when {{ days_past_due }} <= 0 then 'current'
        {%- set lower = namespace(day=1) %}
        {%- for upper in var('aging_bucket_days') %}
        when {{ days_past_due }} <= {{ upper }} then '{{ lower.day }}-{{ upper }}'
        {%- set lower.day = upper + 1 %}
        {%- endfor %}
        else '{{ lower.day }}+'
    end
{%- endmacro %}

{#- The buckets in order, as a list of names. -#}
{% macro aging_buckets() -%}
    {%- set names = ['current'] -%}
    {%- set lower = namespace(day=1) -%}
    {%- for upper in var('aging_bucket_days') -%}
        {%- do names.append(lower.day ~ '-' ~ upper) -%}
        {%- set lower.day = upper + 1 -%}
    {%- endfor -%}
    {%- do names.append(lower.day ~ '+') -%}
    {{- return(names) -}}
{%- endmacro %}
