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
    -- each with all that is known of its item, and an item on which nothing moved too: nothing is joined a second time
    select
        items.*,
        null::date as effective_on,
        null::text as entry_kind,
        0::bigint as amount_cents
    from items
    union all
    select
        items.*,
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
        items.*,
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
        debt_id,
        account_id,
        collector_role,
        placed_on,
        currency,
        invoice_id,
        greatest(coalesce(sum(amount_cents) filter (where effective_on <= placed_on), 0), 0) as placed_cents,
        {%- for days in [7, 14, 30, 60, 90] %}
        coalesce(
            -sum(amount_cents) filter (
                where is_cash and effective_on > placed_on and effective_on <= placed_on + {{ days }}
            ), 0
        ) as recovered_{{ days }}_days_cents,
        {%- endfor %}
        coalesce(-sum(amount_cents) filter (where is_cash and effective_on > placed_on), 0) as recovered_cents
    from receipts
    group by debt_id, account_id, collector_role, placed_on, currency, invoice_id
),

by_debt as (
    -- What is billed after the placement, and the cash for it, are no part of it: each item counts at most what was
    -- placed of it.
    select
        debt_id,
        account_id,
        collector_role,
        placed_on,
        currency,
        sum(placed_cents)::bigint as placed_cents,
        {%- for days in [7, 14, 30, 60, 90] %}
        sum(greatest(least(recovered_{{ days }}_days_cents, placed_cents), 0))::bigint
            as recovered_{{ days }}_days_cents,
        {%- endfor %}
        sum(greatest(least(recovered_cents, placed_cents), 0))::bigint as recovered_cents
    from by_item
    group by debt_id, account_id, collector_role, placed_on, currency
)

select * from by_debt
