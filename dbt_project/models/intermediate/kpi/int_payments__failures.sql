{{ config(materialized='table') }}

with

payments as (
    select * from {{ ref('int_payments__attempted') }}
),

failures as (
    -- The first failure of a chain of retries; a day's failures of one account are one. Back to where the 90-day
    -- horizons of the trailing quarter and of the cohort months that are still open begin.
    select
        account_id,
        currency,
        failed_on,
        sum(amount_cents)::bigint as failed_cents,
        -- the largest one names the class
        (array_agg(decline_class order by amount_cents desc, payment_id))[1] as decline_class
    from payments
    where
        failed_on > {{ as_of_date() }} - 185
        and failed_on <= {{ as_of_date() }}
        and retry_number = 0
        and {{ as_known('payments') }}
    group by account_id, currency, failed_on
),

spans as (
    -- money counts for the latest failure before it, so no money counts twice
    select
        *,
        lead(failed_on) over (partition by account_id, currency order by failed_on) as next_failed_on
    from failures
),

receipts as (
    select
        payments.account_id,
        payments.currency,
        payments.attempted_on,
        payments.settled_on,
        payments.amount_cents
    from payments
    where
        payments.settled_on > {{ as_of_date() }} - 185
        and payments.settled_on <= {{ as_of_date() }}
        -- what came back again recovered nothing
        and (payments.failed_on is null or payments.failed_on > {{ as_of_date() }})
        and {{ as_known('payments') }}
),

recovered as (
    select
        spans.account_id,
        spans.currency,
        spans.failed_on,
        sum(receipts.amount_cents) as recovered_cents,
        sum(receipts.amount_cents) filter (where receipts.settled_on <= spans.failed_on + 7)
            as recovered_7_days_cents,
        sum(receipts.amount_cents) filter (where receipts.settled_on <= spans.failed_on + 14)
            as recovered_14_days_cents,
        sum(receipts.amount_cents) filter (where receipts.settled_on <= spans.failed_on + 30)
            as recovered_30_days_cents,
        sum(receipts.amount_cents) filter (where receipts.settled_on <= spans.failed_on + 60)
            as recovered_60_days_cents,
        sum(receipts.amount_cents) filter (where receipts.settled_on <= spans.failed_on + 90)
            as recovered_90_days_cents
    from spans
    inner join receipts
        on
            spans.account_id = receipts.account_id
            and spans.currency = receipts.currency
            and receipts.attempted_on >= spans.failed_on
            and (spans.next_failed_on is null or receipts.attempted_on < spans.next_failed_on)
    group by spans.account_id, spans.currency, spans.failed_on
),

described as (
    select
        spans.account_id,
        spans.currency,
        spans.failed_on,
        spans.decline_class,
        spans.failed_cents,
        -- at most what had failed
        least(coalesce(recovered.recovered_cents, 0), spans.failed_cents)::bigint as recovered_cents,
        least(coalesce(recovered.recovered_7_days_cents, 0), spans.failed_cents)::bigint
            as recovered_7_days_cents,
        least(coalesce(recovered.recovered_14_days_cents, 0), spans.failed_cents)::bigint
            as recovered_14_days_cents,
        least(coalesce(recovered.recovered_30_days_cents, 0), spans.failed_cents)::bigint
            as recovered_30_days_cents,
        least(coalesce(recovered.recovered_60_days_cents, 0), spans.failed_cents)::bigint
            as recovered_60_days_cents,
        least(coalesce(recovered.recovered_90_days_cents, 0), spans.failed_cents)::bigint
            as recovered_90_days_cents
    from spans
    left join recovered
        on
            spans.account_id = recovered.account_id
            and spans.currency = recovered.currency
            and spans.failed_on = recovered.failed_on
)

select * from described
