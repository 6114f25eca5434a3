{#- Versions of the keys that the feed's newest batch touched: a key column that may not be missing is null, or two versions
    of one key start at the same instant. Keys that no batch touched were tested when they were written; so the cost is
    that of the day's rows. -#}
{% test unique_versions(model, feed, key, optional=[]) %}
{%- set id = key[0] if key | length == 1 else '_key' -%}
{%- set batches = source('raw_' ~ feed, 'batches') -%}
{#- a literal: the planner expects little of it, and much of a subquery -#}
{%- set newest = run_query('select coalesce(max(batch_id), 0) from ' ~ batches).columns[0].values()[0] | int if execute else 0 -%}
with

fresh as (
    select * from {{ model }}
    where _batch_id = {{ newest }}
),

versions as (
    select * from {{ model }}
    where {{ id }} in (select fresh.{{ id }} from fresh)
),

without_key as (
    select {{ id }} as row_key, known_from, 0 as versions
    from fresh
    where
        known_from is null
        {%- for column in key if column not in optional %}
        or {{ column }} is null
        {%- endfor %}
),

repeated as (
    select {{ id }} as row_key, known_from, count(*) as versions
    from versions
    group by {{ id }}, known_from
    having count(*) > 1
),

failing as (
    select * from without_key
    union all
    select * from repeated
)

select * from failing
{% endtest %}

{#- Two rows share the combination of columns. -#}
{% test unique_combination(model, columns) %}
with

repeated as (
    select {{ columns | join(', ') }}, count(*) as rows_found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
)

select * from repeated
{% endtest %}
