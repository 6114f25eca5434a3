{{ config(materialized='ephemeral') }}

with

aging as (
    select * from {{ ref('ar_aging_by_account') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

control_totals as (
    select * from {{ ref('ar_control_total') }}
),

previous_day as (
    -- the last day that was looked at: what happened on a day that never ran is told by the next
    select coalesce(max(as_of_date), {{ recoup.as_of_date() }} - 1) as previous_on
    from control_totals
    where
        as_of_date < {{ recoup.as_of_date() }}
        and as_of_date >= {{ recoup.as_of_date() }} - {{ var('alert_lookback_days') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

broken as (
    select
        promises.promise_id,
        promises.account_id,
        promises.currency,
        promises.due_on,
        promises.amount_cents,
        promises.amount_cents - promises.paid_cents as missing_cents,
        -- a promise that we learned of after it had failed is news on the day we learned it
        greatest(promises.matured_on, {{ recoup.known_on('promises.known_from') }}) as broken_on
    from promises
    where
        {{ recoup.as_known('promises') }}
        and promises.matured_on > {{ recoup.as_of_date() }} - 45
        and {{ recoup.promise_status('promises', recoup.as_of_date()) }} in ('broken', 'partial')
),

still_owed as (
    -- who owes nothing any more has mended the promise in another way
    select
        broken.promise_id,
        broken.account_id,
        broken.currency,
        broken.due_on,
        {{ recoup.amount('broken.amount_cents', 'broken.currency') }} as promised_amount,
        {{ recoup.amount('broken.missing_cents', 'broken.currency') }} as missing_amount
    from broken
    cross join previous_day
    inner join aging
        on broken.account_id = aging.account_id and broken.currency = aging.currency
    where
        broken.broken_on > previous_day.previous_on
        and aging.past_due_amount > 0
),

worded as (
    select
        'broken_promise' as kind,
        account_id,
        currency,
        missing_amount as amount,
        {{ recoup.amount_words('missing_amount', 'currency') }} || ' of a promise of '
        || {{ recoup.amount_words('promised_amount', 'currency') }} || ' not paid, due ' || due_on::text as headline,
        promise_id as evidence_key
    from still_owed
    where missing_amount >= {{ var('alert_broken_promise_amount') }}
)

select * from worded
