{{ config(tags=['marts']) }}

-- To the cent, per currency, for the run's date: sum of buckets = sum of open items = sum of accounts = closing A/R.
with

buckets as (
    select currency, sum(open_amount) as bucket_amount
    from {{ ref('ar_aging_summary') }}
    where as_of_date = {{ as_of_date() }}
    group by currency
),

items as (
    select currency, sum(open_amount) as item_amount
    from {{ ref('ar_aging_by_invoice') }}
    where as_of_date = {{ as_of_date() }}
    group by currency
),

accounts as (
    select
        currency,
        sum(balance_amount) as account_amount,
        sum(net_balance_amount) as net_amount
    from {{ ref('ar_aging_by_account') }}
    where as_of_date = {{ as_of_date() }}
    group by currency
),

control_totals as (
    select currency, closing_amount, control_total_amount
    from {{ ref('ar_control_total') }}
    where as_of_date = {{ as_of_date() }}
),

currencies as (
    select currency from buckets
    union
    select currency from items
    union
    select currency from accounts
    union
    select currency from control_totals
),

compared as (
    select
        currencies.currency,
        coalesce(buckets.bucket_amount, 0) as bucket_amount,
        coalesce(items.item_amount, 0) as item_amount,
        coalesce(accounts.account_amount, 0) as account_amount,
        coalesce(accounts.net_amount, 0) as net_amount,
        coalesce(control_totals.closing_amount, 0) as closing_amount,
        coalesce(control_totals.control_total_amount, 0) as control_total_amount
    from currencies
    left join buckets on currencies.currency = buckets.currency
    left join items on currencies.currency = items.currency
    left join accounts on currencies.currency = accounts.currency
    left join control_totals on currencies.currency = control_totals.currency
),

different as (
    select * from compared
    where
        bucket_amount <> item_amount
        or item_amount <> account_amount
        or account_amount <> closing_amount
        or net_amount <> control_total_amount
)

select * from different
