{#- Post-hook: makes a partial index once for each physical table. A name would not do: while a full refresh runs the
    old table still holds it, so the catalog is asked about this very table. -#}
{% macro partial_index(relation, columns, predicate) -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select count(*) from pg_index where indrelid = '" ~ relation ~ "'::regclass and indpred is not null"
        ) -%}
        {%- if found.columns[0].values()[0] == 0 -%}
            create index on {{ relation }} ({{ columns }}) where {{ predicate }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
