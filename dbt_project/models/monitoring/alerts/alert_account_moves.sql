{{ config(materialized='ephemeral') }}

with

aging as (
    select * from {{ ref('ar_aging_by_account') }}
),

control_totals as (
    select * from {{ ref('ar_control_total') }}
),

previous_day as (
    -- the last day that was looked at, told by the mart that has a row for every day
    select max(as_of_date) as previous_on
    from control_totals
    where
        as_of_date < {{ recoup.as_of_date() }}
        and as_of_date >= {{ recoup.as_of_date() }} - {{ var('alert_lookback_days') }}
),

past_due as (
    select * from aging
    where as_of_date = {{ recoup.as_of_date() }} and past_due_amount > 0 and days_past_due > 0
),

before as (
    select
        aging.account_id,
        aging.currency,
        aging.days_past_due
    from aging
    inner join previous_day
        on aging.as_of_date = previous_day.previous_on
),

compared as (
    -- with nothing to compare with, the oldest item alone tells: it was a day younger yesterday
    select
        past_due.account_id,
        past_due.currency,
        past_due.past_due_amount,
        past_due.days_past_due,
        past_due.aging_bucket,
        past_due.oldest_due_on,
        {{ recoup.bucket_order('past_due.days_past_due') }} as bucket_order,
        case
            when previous_day.previous_on is null then {{ recoup.bucket_order('past_due.days_past_due - 1') }}
            when before.account_id is null then 1
            else {{ recoup.bucket_order('before.days_past_due') }}
        end as bucket_order_before
    from past_due
    cross join previous_day
    left join before
        on past_due.account_id = before.account_id and past_due.currency = before.currency
),

moved as (
    select
        *,
        case
            when bucket_order = 2 and bucket_order_before = 1 then 'newly_overdue'
            when bucket_order > 2 and bucket_order > bucket_order_before then 'bucket_crossing'
        end as kind
    from compared
),

worded as (
    select
        kind,
        account_id,
        currency,
        past_due_amount as amount,
        case kind
            when 'newly_overdue'
                then
                    {{ recoup.amount_words('past_due_amount', 'currency') }} || ' newly past due since '
                    || (oldest_due_on + 1)::text
            else
                {{ recoup.amount_words('past_due_amount', 'currency') }} || ' past due, now ' || aging_bucket
                || ' days: the oldest item by ' || days_past_due
        end as headline,
        -- the spell is named by its first day past due; each bucket is entered once in a spell
        case kind
            when 'newly_overdue' then account_id || '|' || currency || '|' || (oldest_due_on + 1)::text
            else account_id || '|' || currency || '|' || (oldest_due_on + 1)::text || '|' || aging_bucket
        end as evidence_key,
        bucket_order > {{ var('aging_bucket_days') | length + 1 }} as is_worst_bucket
    from moved
    where
        (kind = 'newly_overdue' and past_due_amount >= {{ var('alert_newly_overdue_amount') }})
        or (kind = 'bucket_crossing' and past_due_amount >= {{ var('alert_bucket_crossing_amount') }})
)

select * from worded
