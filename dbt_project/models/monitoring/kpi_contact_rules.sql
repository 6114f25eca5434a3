{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['as_of_date']}]
    )
}}

with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

blocks as (
    select * from {{ ref('block_reasons') }}
    where list_date = {{ recoup.list_date() }}
),

caps as (
    select * from {{ ref('contact_caps') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
),

sizes as (
    select count(*) as population_count from population
),

blocked as (
    -- one account counts once under each rule that blocks it, and once in total
    select
        grains.grain,
        grains.grain_value,
        count(distinct blocks.account_id) as blocked_count
    from blocks
    cross join lateral (values ('total', 'all'), ('rule', blocks.rule_id)) as grains (grain, grain_value)
    group by grains.grain, grains.grain_value
),

capped as (
    -- a rule counts by person and debt, or by person: the points it is asked for are not units of it
    select distinct
        rules.rule_id,
        caps.person_id,
        caps.debt_id,
        -- a cap of one is always one attempt away: near is what attempts have come near to
        caps.attempts_remaining = 1 and caps.counted > 0 as is_near
    from caps
    inner join rules on caps.rule_key = rules.rule_key
),

near as (
    select
        grains.grain,
        grains.grain_value,
        count(*) filter (where capped.is_near) as near_count,
        count(*) as capped_count
    from capped
    cross join lateral (values ('total', 'all'), ('rule', capped.rule_id)) as grains (grain, grain_value)
    group by grains.grain, grains.grain_value
),

cells as (
    select
        'accounts_blocked_rate' as metric,
        blocked.grain,
        blocked.grain_value,
        blocked.blocked_count as numerator,
        sizes.population_count as denominator
    from blocked
    cross join sizes
    union all
    select
        'near_miss_rate' as metric,
        grain,
        grain_value,
        near_count as numerator,
        capped_count as denominator
    from near
),

nothing_happened as (
    select
        metrics.metric,
        'total' as grain,
        'all' as grain_value,
        0 as numerator,
        case metrics.metric when 'accounts_blocked_rate' then sizes.population_count else 0 end as denominator
    from (values ('accounts_blocked_rate'), ('near_miss_rate')) as metrics (metric)
    cross join sizes
    where not exists (select 1 from cells where cells.metric = metrics.metric)
),

ratios as (
    select * from cells
    union all
    select * from nothing_happened
),

dated as (
    select
        {{ recoup.as_of_date() }} as kpi_date,
        'day' as period,
        ratios.*,
        cast(null as text) as currency,
        1 as multiplier,
        true as is_complete
    from ratios
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
