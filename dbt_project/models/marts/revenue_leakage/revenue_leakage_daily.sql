{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

events as (
    select * from {{ ref('revenue_leakage_events') }}
),

summed as (
    select
        {{ as_of_date() }} as as_of_date,
        cause,
        currency,
        count(*)::integer as event_count,
        cast(sum(at_risk_amount) as numeric(20, 4)) as at_risk_amount,
        cast(sum(recovered_amount) as numeric(20, 4)) as recovered_amount,
        cast(sum(open_amount) as numeric(20, 4)) as open_amount
    from events
    group by cause, currency
)

select * from summed
