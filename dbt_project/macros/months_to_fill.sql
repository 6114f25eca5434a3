{#- How many closed months a mart that is built for the first time shows beside the current one, so that its first day
    has a past. 0 on every day after: those months have rows by then. -#}
{% macro months_to_fill(mart) -%}
    {%- if not execute -%}
        {{- return(0) -}}
    {%- endif -%}
    {%- set found = adapter.get_relation(
        database=target.database, schema=recoup.generate_schema_name('marts', none), identifier=mart
    ) -%}
    {{- return(24 if found is none or flags.FULL_REFRESH else 0) -}}
{%- endmacro %}
