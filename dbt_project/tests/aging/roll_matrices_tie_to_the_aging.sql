{{ config(tags=['marts']) }}

-- To the cent, per currency and period, for the run's date: each row of the matrix sums to what was open, the rows
-- together are the opening balance, and rolled and newly charged parts together are the buckets of the aging.
with

rolls as (
    select * from {{ ref('ar_roll_rates') }}
    where as_of_date = {{ as_of_date() }}
),

charges as (
    select * from {{ ref('ar_new_charges') }}
    where as_of_date = {{ as_of_date() }}
),

account_rolls as (
    select * from {{ ref('ar_account_rolls') }}
    where as_of_date = {{ as_of_date() }}
),

items as (
    select
        currency,
        case when open_amount > 0 then aging_bucket else 'credit balance' end as to_state,
        open_amount
    from {{ ref('ar_aging_by_invoice') }}
    where as_of_date = {{ as_of_date() }}
),

matrix_rows as (
    select
        period,
        currency,
        from_bucket,
        min(from_amount) as from_amount,
        sum(rolled_amount) as rolled_amount,
        sum(roll_rate) as rates,
        min(roll_rate) as smallest_rate,
        max(roll_rate) as largest_rate
    from rolls
    group by period, currency, from_bucket
),

wrong_rows as (
    select
        'a row does not sum to what was open' as problem,
        period,
        currency,
        from_bucket as state,
        rolled_amount - from_amount as difference
    from matrix_rows
    where
        rolled_amount <> from_amount
        or abs(rates - 1) > 0.000001
        or smallest_rate < 0
        or largest_rate > 1
),

wrong_charges as (
    select
        'new charges do not sum to what was charged' as problem,
        period,
        currency,
        cast(null as text) as state,
        sum(rolled_amount) - min(charged_amount) as difference
    from charges
    group by period, currency
    having sum(rolled_amount) <> min(charged_amount)
),

wrong_accounts as (
    select
        'accounts do not sum to those that owed' as problem,
        period,
        currency,
        from_bucket as state,
        sum(account_count) - min(from_account_count) as difference
    from account_rolls
    group by period, currency, from_bucket
    having sum(account_count) <> min(from_account_count) or abs(sum(roll_rate) - 1) > 0.000001
),

openings as (
    select
        currency,
        sum(from_amount) as from_amount
    from matrix_rows
    where period = 'day'
    group by currency
),

wrong_openings as (
    select
        'the rows are not the opening balance' as problem,
        'day' as period,
        control_totals.currency,
        cast(null as text) as state,
        coalesce(openings.from_amount, 0) - control_totals.opening_amount as difference
    from {{ ref('ar_control_total') }} as control_totals
    left join openings on control_totals.currency = openings.currency
    where
        control_totals.as_of_date = {{ as_of_date() }}
        and coalesce(openings.from_amount, 0) <> control_totals.opening_amount
),

ends as (
    select
        period,
        currency,
        to_state,
        rolled_amount
    from rolls
    where to_state not in ('paid', 'credited', 'written_off')
    union all
    select
        period,
        currency,
        to_state,
        rolled_amount
    from charges
    where to_state not in ('paid', 'credited', 'written_off')
    union all
    select
        periods.period,
        items.currency,
        items.to_state,
        -items.open_amount as rolled_amount
    from items
    cross join (values ('day'), ('month')) as periods (period)
),

wrong_ends as (
    select
        'rolled and newly charged are not the aging' as problem,
        period,
        currency,
        to_state as state,
        sum(rolled_amount) as difference
    from ends
    group by period, currency, to_state
    having sum(rolled_amount) <> 0
),

failing as (
    select * from wrong_rows
    union all
    select * from wrong_charges
    union all
    select * from wrong_accounts
    union all
    select * from wrong_openings
    union all
    select * from wrong_ends
)

select * from failing
