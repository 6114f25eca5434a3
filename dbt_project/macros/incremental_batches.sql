{#- Incremental intermediate tables rebuild only what batches newer than their own newest batch have touched. -#}

{#- True for rows of `alias` that arrived after the model was last built. Only inside is_incremental(). -#}
{% macro arrived_since_last_build(alias) -%}
    {{ alias }}._batch_id > {{ recoup.newest_batch_built() }}
{%- endmacro %}

{#- Newest batch in the model's own table, as a literal: compared with a subquery, the planner would expect a third of the
    table to be new and read all of it. -#}
{% macro newest_batch_built() -%}
    {%- if execute -%}
        {{- run_query('select coalesce(max(_batch_id), 0) from ' ~ this).columns[0].values()[0] | int -}}
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}

{#- Newest batch in any of the relations: stamped on every row that a run rebuilds, so that the next model downstream,
    and the next run, see what changed. One stamp for all rows of the run: a row that an older version wrote and a newer
    version ended has changed too. -#}
{% macro newest_batch(relations) -%}
    greatest(
        {%- for relation in relations %}
        (select max(stamped._batch_id) from {{ relation }} as stamped){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
