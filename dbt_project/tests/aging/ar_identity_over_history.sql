{{ config(tags=['history']) }}

-- Every day of the ledger at once: debits equal credits on each, every receivable leg has an open item, and the open
-- items that the aging shows equal the plain sum over all entries. Reads the whole ledger: not part of the day.
with

entries as (
    select * from {{ ref('int_ledger__entries') }}
    where
        effective_on <= {{ as_of_date() }}
        and known_at <= {{ known_at() }}
),

trial_balance as (
    -- debits equal credits on every day, in every currency
    select
        currency,
        effective_on,
        sum(amount_cents) as difference_cents
    from entries
    group by currency, effective_on
    having sum(amount_cents) <> 0
),

open_items as (
    select
        currency,
        invoice_id,
        sum(amount_cents) as open_cents
    from entries
    where ledger_account = 'accounts_receivable'
    group by currency, invoice_id
    having sum(amount_cents) <> 0
),

aged as (
    select currency, invoice_id, open_cents from {{ ref('int_invoices__open') }}
),

item_differences as (
    select
        coalesce(open_items.currency, aged.currency) as currency,
        {{ as_of_date() }} as effective_on,
        coalesce(open_items.open_cents, 0) - coalesce(aged.open_cents, 0) as difference_cents
    from open_items
    full outer join aged
        on
            open_items.currency = aged.currency
            and open_items.invoice_id = aged.invoice_id
    where coalesce(open_items.open_cents, 0) <> coalesce(aged.open_cents, 0)
),

unnamed_legs as (
    -- a receivable leg without an open item could never be aged
    select
        currency,
        effective_on,
        amount_cents as difference_cents
    from entries
    where ledger_account = 'accounts_receivable' and invoice_id is null
),

failing as (
    select 'debits and credits differ' as problem, * from trial_balance
    union all
    select 'maintained balance differs from the full sum' as problem, * from item_differences
    union all
    select 'receivable without an open item' as problem, * from unnamed_legs
)

select * from failing
