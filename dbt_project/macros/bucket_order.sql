{#- Place of the aging bucket of a count of days past due: 1 = current, 2 = the first overdue bucket, and so on. -#}
{% macro bucket_order(days_past_due) -%}
    case
        when {{ days_past_due }} <= 0 then 1
        {%- for upper in var('aging_bucket_days') %}
        when {{ days_past_due }} <= {{ upper }} then {{ loop.index + 1 }}
        {%- endfor %}
        else {{ var('aging_bucket_days') | length + 2 }}
    end
{%- endmacro %}
