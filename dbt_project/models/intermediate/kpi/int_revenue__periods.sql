{{ config(materialized='table') }}

with

periods as (
    select * from {{ ref('int_growth__periods') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

entries as (
    select * from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'revenue'
        and effective_on >= (select min(periods.previous_starts_on) from periods)
        and effective_on <= {{ as_of_date() }}
        and known_at <= {{ known_at() }}
),

by_day as (
    select
        account_id,
        currency,
        effective_on,
        -sum(amount_cents) as revenue_cents
    from entries
    group by account_id, currency, effective_on
),

by_period as (
    select
        periods.period,
        periods.kpi_date,
        by_day.account_id,
        by_day.currency,
        coalesce(sum(by_day.revenue_cents) filter (where by_day.effective_on >= periods.revenue_starts_on), 0)
            as revenue_cents,
        coalesce(sum(by_day.revenue_cents) filter (where by_day.effective_on < periods.revenue_starts_on), 0)
            as previous_revenue_cents
    from by_day
    inner join periods on by_day.effective_on between periods.previous_starts_on and periods.ends_on
    group by periods.period, periods.kpi_date, by_day.account_id, by_day.currency
),

classified as (
    select
        by_period.*,
        {{ account_dimensions() }}
    from by_period
    left join accounts on by_period.account_id = accounts.account_id
),

summed as (
    select
        classified.period,
        classified.kpi_date,
        classified.currency,
        grains.grain,
        grains.grain_value,
        sum(classified.revenue_cents)::bigint as revenue_cents,
        sum(classified.previous_revenue_cents)::bigint as previous_revenue_cents
    from classified
    cross join {{ grains_of('classified') }} as grains (grain, grain_value)
    group by classified.period, classified.kpi_date, classified.currency, grains.grain, grains.grain_value
)

select * from summed
