{#- Incremental strategy: the run's partition is deleted and written anew, also when nothing is left to write.
    delete+insert would keep yesterday's rows of a date whose new result is empty.

    The partition column is `meta: {partition: list_date}` in the model's config, default as_of_date. Its value is the
    run's list_date for that column and its as_of_date for any other (kpi_date). -#}
{% macro get_incremental_replace_partition_sql(arg_dict) %}
    {%- set column = recoup.partition_column(config.get('meta', {})) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ column }} = {{ recoup.list_date() if column == 'list_date' else recoup.as_of_date() }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{% macro partition_column(meta) -%}
    {{- return((meta or {}).get('partition', 'as_of_date')) -}}
{%- endmacro %}
