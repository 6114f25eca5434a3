{#- The run's dates and clocks as SQL literals. Models never read the clock. -#}

{#- Last closed calendar day, inclusive, company time zone. -#}
{% macro as_of_date() -%}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}

{#- The day the lists are for: as_of_date + 1. -#}
{% macro list_date() -%}
    cast('{{ var("list_date") }}' as date)
{%- endmacro %}

{#- Knowledge cut-off of the run, inclusive. -#}
{% macro known_at() -%}
    cast('{{ var("known_at") }}' as timestamptz)
{%- endmacro %}

{#- First instant after the calendar day `day` in the company's time zone: an EXCLUSIVE upper bound for instants. -#}
{% macro end_of_day(day) -%}
    ((cast({{ day }} as date) + 1)::timestamp at time zone '{{ var("time_zone") }}')
{%- endmacro %}

{#- Calendar day of an instant in the company's time zone. -#}
{% macro local_date(instant) -%}
    cast({{ instant }} at time zone '{{ var("time_zone") }}' as date)
{%- endmacro %}

{#- True for the version of `alias` that was held at `known_at` (default: the run's cut-off). -#}
{% macro as_known(alias, known_at=none) -%}
    {%- set instant = known_at or recoup.known_at() -%}
    ({{ alias }}.known_from <= {{ instant }} and ({{ alias }}.known_to is null or {{ alias }}.known_to > {{ instant }}))
{%- endmacro %}

{#- Due date of an open item: the stated one, else the account's terms counted from its own day, else that day. -#}
{% macro due_on(stated_due_on, issued_on, net_days) -%}
    coalesce({{ stated_due_on }}, {{ issued_on }} + {{ net_days }}, {{ issued_on }})
{%- endmacro %}
