{#- Post-hook: a table is followed by ANALYZE when it was loaded for the first time, so that the very next model is
    planned on real counts, and each day when it is replaced by partition: what is read next is the newest date, and to
    statistics from before it that date has no rows, so that a join by it would be planned as a nested loop. The sample
    is of one size whatever the history. Changes of the other tables are autovacuum's. -#}
{% macro analyze_new(relation) -%}
    {%- if execute and model.config.materialized in ('table', 'incremental') -%}
        {%- set known = run_query(
            "select count(*) from pg_stats where schemaname = '" ~ relation.schema
            ~ "' and tablename = '" ~ relation.identifier ~ "'"
        ) -%}
        {%- if model.config.incremental_strategy == 'replace_partition' or known.columns[0].values()[0] == 0 -%}
            analyze {{ relation }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
