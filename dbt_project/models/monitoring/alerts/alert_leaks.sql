{{ config(materialized='ephemeral') }}

with

aging as (
    select * from {{ ref('ar_aging_by_account') }}
    where as_of_date between {{ recoup.as_of_date() }} - {{ var('alert_lookback_days') }} and {{ recoup.as_of_date() }}
),

previous_day as (
    -- the last day that was looked at: what happened on a day that never ran is told by the next
    select coalesce(max(as_of_date), {{ recoup.as_of_date() }} - 1) as previous_on
    from aging
    where as_of_date < {{ recoup.as_of_date() }}
),

events as (
    select * from {{ ref('revenue_leakage_events') }}
),

fresh as (
    select events.*
    from events
    cross join previous_day
    where
        events.detected_on > previous_day.previous_on
        and events.detected_on <= {{ recoup.as_of_date() }}
        and events.open_amount >= {{ var('alert_leakage_amount') }}
),

worded as (
    select
        'leakage' as kind,
        cause as subject,
        account_id,
        currency,
        open_amount as amount,
        {{ recoup.amount_words('open_amount', 'currency') }} || ' leaking, ' || replace(cause, '_', ' ')
        || coalesce(': ' || detail, '') as headline,
        event_id as evidence_key
    from fresh
)

select * from worded
