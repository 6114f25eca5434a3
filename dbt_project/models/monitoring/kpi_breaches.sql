{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['as_of_date']}]
    )
}}

with

findings as (
    select * from {{ source('breaches', 'breach_findings') }}
    where as_of_date = {{ recoup.as_of_date() }} and retracted_at is null
),

runs as (
    select * from {{ source('breaches', 'breach_runs') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

judged as (
    -- a run that was repeated judged the same contacts again
    select coalesce(max(judged_contacts), 0) as judged_count from runs
),

broken as (
    -- a contact counts once under each rule that it broke, and once in total
    select
        grains.grain,
        grains.grain_value,
        count(distinct findings.attempt_id) as breach_count
    from findings
    cross join lateral (values ('total', 'all'), ('rule', findings.rule_id)) as grains (grain, grain_value)
    group by grains.grain, grains.grain_value
),

cells as (
    select * from broken
    union all
    select
        'total' as grain,
        'all' as grain_value,
        0 as breach_count
    where not exists (select 1 from broken)
),

dated as (
    select
        {{ recoup.as_of_date() }} as kpi_date,
        'day' as period,
        'breach_rate' as metric,
        cells.grain,
        cells.grain_value,
        cast(null as text) as currency,
        cells.breach_count as numerator,
        judged.judged_count as denominator,
        1 as multiplier,
        true as is_complete
    from cells
    cross join judged
    -- no figure rather than a comfortable 0
    where exists (select 1 from runs)
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
