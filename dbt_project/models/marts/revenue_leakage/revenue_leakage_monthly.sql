{{ config(indexes=[{'columns': ['as_of_date', 'month']}]) }}

with

events as (
    select * from {{ ref('revenue_leakage_events') }}
),

billed as (
    select * from {{ ref('int_leakage__billed_months') }}
),

by_month as (
    select
        cast(date_trunc('month', arose_on) as date) as month,
        cause,
        currency,
        count(*)::integer as event_count,
        sum(at_risk_amount) as at_risk_amount,
        sum(recovered_amount) as recovered_amount,
        sum(open_amount) as open_amount,
        -- what was never put on a bill could have been, and belongs to what was billable
        sum(at_risk_amount) filter (
            where cause in ('unbilled_service', 'billing_gap', 'underbilled', 'late_fee_not_charged')
        ) as unbilled_amount
    from events
    group by 1, 2, 3
),

never_billed as (
    select
        month,
        currency,
        coalesce(sum(unbilled_amount), 0) as unbilled_amount
    from by_month
    group by month, currency
),

billable as (
    select
        never_billed.month,
        never_billed.currency,
        never_billed.unbilled_amount + coalesce({{ amount('billed.billed_cents', 'never_billed.currency') }}, 0)
            as billable_amount
    from never_billed
    left join billed on never_billed.month = billed.month and never_billed.currency = billed.currency
),

rated as (
    select
        {{ as_of_date() }} as as_of_date,
        by_month.month,
        by_month.cause,
        by_month.currency,
        by_month.event_count,
        cast(by_month.at_risk_amount as numeric(20, 4)) as at_risk_amount,
        cast(by_month.recovered_amount as numeric(20, 4)) as recovered_amount,
        cast(by_month.open_amount as numeric(20, 4)) as open_amount,
        cast(billable.billable_amount as numeric(20, 4)) as billable_amount,
        cast(by_month.at_risk_amount / nullif(billable.billable_amount, 0) as numeric(20, 6)) as revenue_leakage_rate,
        cast(
            (by_month.at_risk_amount - by_month.recovered_amount) / nullif(billable.billable_amount, 0)
            as numeric(20, 6)
        ) as net_revenue_leakage_rate
    from by_month
    inner join billable on by_month.month = billable.month and by_month.currency = billable.currency
)

select * from rated
