{#- Lets a test's `where` name what the run has just written, so that a daily test does not read the whole history:
    __newest_batch__ = rows of the newest batch in the tested table, __as_of_date__ / __list_date__ = the run's partition. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where -%}
        {%- set newest -%}
            _batch_id = (select max(_batch_id) from {{ relation }})
        {%- endset -%}
        {%- set where = where
            | replace('__newest_batch__', newest)
            | replace('__as_of_date__', 'as_of_date = ' ~ recoup.as_of_date())
            | replace('__kpi_date__', 'kpi_date = ' ~ recoup.as_of_date())
            | replace('__list_date__', 'list_date = ' ~ recoup.list_date()) -%}
        (select * from {{ relation }} where {{ where }}) dbt_subquery
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
