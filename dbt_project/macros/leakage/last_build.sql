{#- What the leakage tables were last built for: a dict of as_of_date, known_at, ledger_batch, contact_batch (batches they have
    seen).
    None where they must be built anew: nothing was built; it was for a later day, for a later cut-off, or under other
    parameters; it was cut off from something that had already been landed; or a build for another day began and did not end.

    Read by name and not by ref(): the table is written after the models that ask. -#}
{% macro leakage_last_build() -%}
    {%- if not execute or flags.FULL_REFRESH -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set relation = adapter.get_relation(
        this.database, recoup.generate_schema_name('intermediate', none), 'int_leakage__last_build'
    ) -%}
    {%- if relation is none -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set found = run_query(
        "select as_of_date, ledger_batch, contact_batch, known_at from " ~ relation
        ~ " where is_whole and parameters = '" ~ recoup.leakage_parameters() ~ "'"
        ~ " and as_of_date <= " ~ recoup.as_of_date() ~ " and known_at <= " ~ recoup.known_at()
        ~ " and (building_as_of_date is null or (building_as_of_date = " ~ recoup.as_of_date()
        ~ " and building_known_at = " ~ recoup.known_at() ~ "))"
    ) -%}
    {%- if found.rows | length == 0 -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set row = found.rows[0] -%}
    {{- return({
        'as_of_date': "cast('" ~ row[0] ~ "' as date)", 'ledger_batch': row[1] | int, 'contact_batch': row[2] | int,
        'known_at': "cast('" ~ row[3] ~ "' as timestamptz)"
    }) -}}
{%- endmacro %}

{#- The parameters that the leakage tables depend on, as one text: another text means building them anew. -#}
{% macro leakage_parameters() -%}
    {%- set names = [
        'time_zone', 'has_contact_feed', 'leakage_unapplied_after_days', 'leakage_untouched_after_days',
        'leakage_promise_followup_days', 'leakage_billing_grace_days', 'leakage_late_billing_days',
        'leakage_duplicate_days', 'leakage_fee_grace_days'
    ] -%}
    {%- set values = [] -%}
    {%- for name in names -%}
        {%- do values.append(name ~ '=' ~ var(name)) -%}
    {%- endfor -%}
    {{- values | join(' ') -}}
{%- endmacro %}

{#- Post-hook of the models that begin a build: until the last model has ended, only a run for the same day and cut-off may
    build on what was there before. -#}
{% macro begin_leakage_build() -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(
            this.database, recoup.generate_schema_name('intermediate', none), 'int_leakage__last_build'
        ) -%}
        {%- if relation is not none -%}
            update {{ relation }}
            set building_as_of_date = {{ recoup.as_of_date() }}, building_known_at = {{ recoup.known_at() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Incremental strategy: every row of the accounts that this run looks at is deleted and written anew, also where nothing is
    left to write. A run that can build on nothing deletes all rows: an earlier day does not know the accounts of later ones. -#}
{% macro get_incremental_replace_accounts_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    {%- if recoup.leakage_last_build() %}
    where account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
    {%- endif %};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{#- Whether a row brings something that the last build (`last`) has not judged: a batch of `feed` brought it since, it
    became known after that build's cut-off, or one of its `days` (columns of dates) or `instants` has come since that
    build's day. Rows of a large table (`is_large`) are looked at for that only in that build's last batch: what happens
    to them belongs to the day they arrive, but for what happened overnight. -#}
{% macro leakage_is_fresh(alias, last, feed, days=[], instants=[], is_large=true) -%}
    {%- set batch = last.ledger_batch if feed == 'ledger' else last.contact_batch -%}
    {%- set dates = [] -%}
    {%- for day in days -%}
        {%- do dates.append(alias ~ '.' ~ day) -%}
    {%- endfor -%}
    {%- for instant in instants -%}
        {%- do dates.append(recoup.local_date(alias ~ '.' ~ instant)) -%}
    {%- endfor -%}
    (
        {{ alias }}._batch_id > {{ batch }}
        or (
            {% if is_large %}{{ alias }}._batch_id = {{ batch }} and {% endif %}(
                {{ alias }}.known_from > {{ last.known_at }}
                {% for date in dates -%}
                or
                ({{ date }} > {{ last.as_of_date }} and {{ date }} <= {{ recoup.as_of_date() }})
                {% endfor %}
            )
        )
    )
{%- endmacro %}
