{#- dbt's own macro with one difference: a column that the file has and the table of an earlier version has not is added, so
    that an upgrade needs no rebuild of everything that reads the seed. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- if not full_refresh -%}
        {%- set held = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
        {%- set types = model['config'].get('column_types', {}) -%}
        {%- for name in agate_table.column_names if name not in held -%}
            {%- call statement('add_' ~ name) -%}
                alter table {{ old_relation }} add column {{ name }} {{ types.get(name, 'text') }}
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) -}}
{%- endmacro %}
