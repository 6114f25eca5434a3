-- A day's or a month's row is not the sum of the events, or an event is not the sum of its evidence.
with

events as (
    select * from {{ ref('revenue_leakage_events') }}
),

evidence as (
    select * from {{ ref('revenue_leakage_evidence') }}
    where account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
),

looked_at as (
    select * from events
    where account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
),

daily as (
    select * from {{ ref('revenue_leakage_daily') }}
    where as_of_date = {{ as_of_date() }}
),

monthly as (
    select * from {{ ref('revenue_leakage_monthly') }}
    where as_of_date = {{ as_of_date() }}
),

proved as (
    select
        event_id,
        sum(at_risk_amount) as at_risk_amount,
        sum(recovered_amount) as recovered_amount
    from evidence
    group by event_id
),

by_cause as (
    select
        cause,
        currency,
        count(*) as event_count,
        sum(at_risk_amount) as at_risk_amount,
        sum(recovered_amount) as recovered_amount
    from events
    group by cause, currency
),

months as (
    select
        cause,
        currency,
        sum(event_count) as event_count,
        sum(at_risk_amount) as at_risk_amount,
        sum(recovered_amount) as recovered_amount
    from monthly
    group by cause, currency
),

differing as (
    select by_cause.cause as what
    from by_cause
    full outer join daily on by_cause.cause = daily.cause and by_cause.currency = daily.currency
    full outer join months on by_cause.cause = months.cause and by_cause.currency = months.currency
    where
        (by_cause.event_count, by_cause.at_risk_amount, by_cause.recovered_amount)
        is distinct from (daily.event_count::bigint, daily.at_risk_amount, daily.recovered_amount)
        or (by_cause.event_count, by_cause.at_risk_amount, by_cause.recovered_amount)
        is distinct from (months.event_count::bigint, months.at_risk_amount, months.recovered_amount)
    union all
    select coalesce(looked_at.event_id, proved.event_id) as what
    from looked_at
    full outer join proved on looked_at.event_id = proved.event_id
    where
        (looked_at.at_risk_amount, looked_at.recovered_amount)
        is distinct from (proved.at_risk_amount, proved.recovered_amount)
        or looked_at.open_amount < 0
        or looked_at.recovered_amount < 0
)

select * from differing
