{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

spells as (
    select * from {{ ref('int_accounts__past_due_spells') }}
    where began_on > {{ as_of_date() }} - 365
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

classified as (
    select
        spells.days_followed,
        spells.is_resolved,
        {{ account_dimensions() }}
    from spells
    left join accounts on spells.account_id = accounts.account_id
),

leaving as (
    select
        grains.grain,
        grains.grain_value,
        classified.days_followed as days,
        count(*) as left_count,
        count(*) filter (where classified.is_resolved) as resolved_count
    from classified
    cross join {{ grains_of('classified') }} as grains (grain, grain_value)
    group by grains.grain, grains.grain_value, classified.days_followed
),

steps as (
    -- every curve begins on day 0, with nobody recovered
    select * from leaving
    union all
    select distinct
        grain,
        grain_value,
        0 as days,
        0 as left_count,
        0 as resolved_count
    from leaving
),

steps_by_day as (
    select
        grain,
        grain_value,
        days,
        sum(left_count) as left_count,
        sum(resolved_count) as resolved_count
    from steps
    group by grain, grain_value, days
),

at_risk as (
    select
        grain,
        grain_value,
        days,
        resolved_count,
        sum(left_count) over (
            partition by grain, grain_value
            order by days desc
        ) as at_risk_count
    from steps_by_day
),

survival as (
    -- Kaplan and Meier: the product over the days up to this one of (1 - resolved / at risk), as a sum of logarithms
    select
        grain,
        grain_value,
        days,
        at_risk_count,
        resolved_count,
        sum(
            case
                when resolved_count < at_risk_count then ln(1 - resolved_count::double precision / at_risk_count) else 0
            end
        ) over through_day as log_survival,
        bool_or(at_risk_count > 0 and resolved_count = at_risk_count) over through_day as is_exhausted
    from at_risk
    window through_day as (partition by grain, grain_value order by days)
),

curves as (
    select
        {{ as_of_date() }} as as_of_date,
        grain,
        grain_value,
        days,
        at_risk_count::integer as at_risk_count,
        resolved_count::integer as resolved_count,
        cast(case when is_exhausted then 1 else 1 - exp(log_survival) end as numeric(20, 6)) as recovered_share
    from survival
    -- a day on which somebody only ceases to be followed moves no curve
    where days = 0 or resolved_count > 0
)

select * from curves
