with

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

cohort_accounts as (
    -- who joined in the last twelve months: all that they ever paid lies in these months
    select
        accounts.*,
        cast(date_trunc('month', accounts.opened_on) as date) as joined_in_month
    from accounts
    where
        accounts.opened_on >= date_trunc('month', {{ as_of_date() }}) - interval '11 months'
        and accounts.opened_on <= {{ as_of_date() }}
),

receipts as (
    select
        entries.account_id,
        entries.currency,
        sum(entries.amount_cents) as received_cents
    from {{ ref('int_ledger__entries') }} as entries
    inner join cohort_accounts on entries.account_id = cohort_accounts.account_id
    where
        entries.ledger_account = 'cash'
        and entries.effective_on >= date_trunc('month', {{ as_of_date() }}) - interval '11 months'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by entries.account_id, entries.currency
),

described as (
    select
        cohort_accounts.joined_in_month,
        cohort_accounts.currency,
        cohort_accounts.product,
        cohort_accounts.segment,
        cohort_accounts.region,
        cohort_accounts.closed_on is not null and cohort_accounts.closed_on <= {{ as_of_date() }} as is_closed,
        -- money in another currency than the account's own is not added to it
        coalesce(receipts.received_cents, 0) as received_cents
    from cohort_accounts
    left join receipts
        on cohort_accounts.account_id = receipts.account_id and cohort_accounts.currency = receipts.currency
),

summed as (
    select
        described.joined_in_month,
        described.currency,
        grains.grain,
        grains.grain_value,
        count(*) as customer_count,
        bool_and(described.is_closed) as is_closed,
        sum(described.received_cents)::bigint as received_cents
    from described
    cross join {{ grains_of('described') }} as grains (grain, grain_value)
    group by described.joined_in_month, described.currency, grains.grain, grains.grain_value
)

select * from summed
