with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

attempts as (
    select * from {{ ref('int_attempts') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

matured as (
    -- who took the promise is known only where the source ties it to an attempt
    select
        periods.period,
        coalesce(promises.currency, 'unknown') as currency,
        promises.amount_cents,
        least(promises.paid_cents, promises.amount_cents) as paid_cents,
        {{ promise_status('promises', as_of_date()) }} = 'kept' as is_kept,
        {{ account_dimensions() }},
        coalesce(attempts.agent_id, 'none') as collector,
        coalesce(attempts.campaign, 'unknown') as campaign,
        coalesce(attempts.channel, 'unknown') as channel
    from promises
    inner join periods
        on promises.matured_on between periods.starts_on and periods.ends_on
    left join accounts
        on promises.account_id = accounts.account_id
    left join attempts
        on promises.attempt_id = attempts.attempt_id and {{ as_known('attempts') }}
    where {{ as_known('promises') }}
),

counts as (
    select
        matured.period,
        matured.currency,
        grains.grain,
        grains.grain_value,
        count(*) as matured_count,
        count(*) filter (where matured.is_kept) as kept_count,
        sum(matured.amount_cents)::bigint as promised_cents,
        sum(matured.paid_cents)::bigint as paid_cents
    from matured
    cross join {{ grains_of('matured', also=['collector', 'campaign', 'channel']) }} as grains (grain, grain_value)
    group by matured.period, matured.currency, grains.grain, grains.grain_value
)

select * from counts
