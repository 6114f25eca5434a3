{#- Schema names are the warehouse's own (one writer each), so dbt's default of prefixing them with the target's is off.
    RECOUP_SCHEMA_PREFIX moves a whole scratch build aside. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- env_var('RECOUP_SCHEMA_PREFIX', '') -}}{{- (custom_schema_name or target.schema) | trim -}}
{%- endmacro %}
