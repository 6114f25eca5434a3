{#- Historic dates that models learn from, oldest first, as ISO strings: every training_every_days-th day counted from a
    fixed Monday, back to training_history_days before as_of_date. A fixed count, so that tomorrow's run finds the same
    dates built. -#}
{% macro training_dates() -%}
    {%- set day = modules.datetime.timedelta(days=1) -%}
    {%- set newest = modules.datetime.date.fromisoformat(var('as_of_date')) -%}
    {%- set anchor = modules.datetime.date(2001, 1, 1) -%}
    {%- set every = var('training_every_days') | int -%}
    {%- set found = [] -%}
    {%- for back in range(var('training_history_days') | int, 0, -1) -%}
        {%- set candidate = newest - back * day -%}
        {%- if (candidate - anchor).days % every == 0 -%}
            {%- do found.append(candidate.isoformat()) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}

{#- The training dates that the feature table does not hold yet and on which anybody could be past due at all. -#}
{% macro missing_training_dates() -%}
    {%- set wanted = recoup.training_dates() -%}
    {%- if not execute or not is_incremental() -%}
        {{- return(wanted) -}}
    {%- endif -%}
    {%- set found = run_query(
        "select distinct as_of_date::text from " ~ this ~ " where as_of_date >= '" ~ (wanted | first | default(var('as_of_date'))) ~ "'"
    ).columns[0].values() | list -%}
    {%- set first_due = run_query(
        "select coalesce(min(coalesce(due_on, issued_on)), '9999-01-01')::text from " ~ ref('stg_ledger__invoices')
    ).columns[0].values()[0] -%}
    {%- set missing = [] -%}
    {%- for date in wanted if date not in found and date > first_due -%}
        {%- do missing.append(date) -%}
    {%- endfor -%}
    {{- return(missing) -}}
{%- endmacro %}

{#- Dates of the relation `balances` that the feature table must (again) describe, as ISO strings: the run's own, and those
    that it has not described yet. None on a first build: all of them. -#}
{% macro dates_to_describe(balances) -%}
    {%- if not execute or not is_incremental() -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- set found = run_query(
        "select distinct as_of_date::text from " ~ balances
        ~ " where as_of_date < '" ~ var('as_of_date') ~ "'"
        ~ " and as_of_date >= date '" ~ var('as_of_date') ~ "' - " ~ var('training_history_days')
        ~ " except select distinct as_of_date::text from " ~ this
    ).columns[0].values() | list -%}
    {{- return([var('as_of_date')] + found) -}}
{%- endmacro %}
