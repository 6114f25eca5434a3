{{ config(materialized='table') }}

with

debts as (
    -- back to where the 90-day horizons of the trailing quarter and of the cohort months that are still open begin
    select
        held.debt_id,
        held.account_id,
        held.collector_role,
        held.placed_on
    from {{ ref('stg_ledger__debts') }} as held
    where
        held.placed_on > {{ as_of_date() }} - 185
        and held.placed_on <= {{ as_of_date() }}
        and {{ as_known('held') }}
),

items as (
    select
        debts.debt_id,
        debts.account_id,
        debts.collector_role,
        debts.placed_on,
        invoices.invoice_id,
        invoices.currency
    from debts
    inner join {{ ref('int_invoices__current') }} as invoices
        on debts.account_id = invoices.account_id and debts.debt_id = invoices.debt_id
),

movements as (
    select
        items.debt_id,
        items.invoice_id,
        entries.effective_on,
        entries.entry_kind,
        entries.amount_cents
    from items
    inner join {{ ref('int_ledger__entries') }} as entries on items.invoice_id = entries.invoice_id
    where
        entries.ledger_account = 'accounts_receivable'
        -- a debt that was charged off before it was placed is placed with what it was
        and entries.entry_kind <> 'write_off'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    union all
    select
        items.debt_id,
        items.invoice_id,
        adjustments.adjusted_on as effective_on,
        adjustments.kind as entry_kind,
        -adjustments.amount_cents as amount_cents
    from items
    inner join {{ ref('stg_ledger__adjustments') }} as adjustments
        on items.account_id = adjustments.account_id and items.invoice_id = adjustments.invoice_id
    where
        adjustments.kind = 'recovery'
        and adjustments.adjusted_on <= {{ as_of_date() }}
        and {{ as_known('adjustments') }}
),

receipts as (
    select
        *,
        {{ is_cash_application('entry_kind') }} or entry_kind = 'recovery' as is_cash
    from movements
),

by_item as (
    select
        items.debt_id,
        items.invoice_id,
        greatest(coalesce(sum(receipts.amount_cents) filter (where receipts.effective_on <= items.placed_on), 0), 0)
            as placed_cents,
        {%- for days in [7, 14, 30, 60, 90] %}
        coalesce(-sum(receipts.amount_cents) filter (
            where receipts.is_cash and receipts.effective_on > items.placed_on
            and receipts.effective_on <= items.placed_on + {{ days }}
        ), 0) as recovered_{{ days }}_days_cents,
        {%- endfor %}
        coalesce(-sum(receipts.amount_cents) filter (
            where receipts.is_cash and receipts.effective_on > items.placed_on
        ), 0) as recovered_cents
    from items
    left join receipts on items.debt_id = receipts.debt_id and items.invoice_id = receipts.invoice_id
    group by items.debt_id, items.invoice_id
),

by_debt as (
    -- What is billed after the placement, and the cash for it, are no part of it: each item counts at most what was
    -- placed of it.
    select
        items.debt_id,
        items.account_id,
        items.collector_role,
        items.placed_on,
        items.currency,
        sum(by_item.placed_cents)::bigint as placed_cents,
        {%- for days in [7, 14, 30, 60, 90] %}
        sum(greatest(least(by_item.recovered_{{ days }}_days_cents, by_item.placed_cents), 0))::bigint
            as recovered_{{ days }}_days_cents,
        {%- endfor %}
        sum(greatest(least(by_item.recovered_cents, by_item.placed_cents), 0))::bigint as recovered_cents
    from items
    inner join by_item on items.debt_id = by_item.debt_id and items.invoice_id = by_item.invoice_id
    group by items.debt_id, items.account_id, items.collector_role, items.placed_on, items.currency
)

select * from by_debt
