{#- Post-hook: the first load of a table is followed by ANALYZE, so that the very next model is planned on real counts.
    Later changes are autovacuum's. -#}
{% macro analyze_once(relation) -%}
    {%- if execute and model.config.materialized in ('table', 'incremental') -%}
        {%- set known = run_query(
            "select count(*) from pg_stats where schemaname = '" ~ relation.schema
            ~ "' and tablename = '" ~ relation.identifier ~ "'"
        ) -%}
        {%- if known.columns[0].values()[0] == 0 -%}
            analyze {{ relation }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
