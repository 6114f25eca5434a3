{#- Status of a promise at the end of `day`, from a row of int_promises (`alias`): kept as soon as the promised amount is
    in; open until due date and grace have passed; then partial where something came in, else broken. -#}
{% macro promise_status(alias, day) -%}
    case
        when {{ alias }}.kept_on <= {{ day }} then 'kept'
        when {{ alias }}.matured_on > {{ day }} then 'open'
        when {{ alias }}.first_paid_on <= {{ day }} then 'partial'
        else 'broken'
    end
{%- endmacro %}
