{{ config(materialized='table') }}

with

{{ items_due_since("cast(date_trunc('month', " ~ as_of_date() ~ " - 390) as date)") }},

due_items as (
    select
        balances.invoice_id,
        balances.account_id,
        balances.currency,
        items_due.due_on,
        balances.charged_cents
    from items_due
    inner join {{ ref('int_invoices__balances') }} as balances on items_due.invoice_id = balances.invoice_id
),

later_charges as (
    select
        entries.currency,
        due_items.due_on,
        sum(entries.amount_cents) as charged_cents
    from {{ ref('int_ledger__entries') }} as entries
    inner join due_items
        on
            entries.invoice_id = due_items.invoice_id
            and entries.account_id = due_items.account_id
            and entries.currency = due_items.currency
    where
        entries.ledger_account = 'accounts_receivable'
        and {{ is_charge('entries.entry_kind') }}
        and (entries.effective_on > {{ as_of_date() }} or entries.known_at > {{ known_at() }})
    group by entries.currency, due_items.due_on
),

collected as (
    select
        due_items.currency,
        due_items.due_on,
        {{ collection_age('entries.effective_on - due_items.due_on') }} as days_since_due,
        -sum(entries.amount_cents) as collected_cents
    from due_items
    inner join {{ ref('int_ledger__application_entries') }} as entries
        on
            due_items.invoice_id = entries.invoice_id
            and due_items.account_id = entries.account_id
            and due_items.currency = entries.currency
    where
        entries.ledger_account = 'accounts_receivable'
        and {{ is_cash_application('entries.entry_kind') }}
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by 1, 2, 3
),

facts as (
    select currency, due_on, cast(null as integer) as days_since_due, charged_cents as due_cents, 0 as collected_cents
    from due_items
    union all
    -- the maintained sums hold all that was ever recorded; what the date must not see is taken off again
    select currency, due_on, cast(null as integer) as days_since_due, -charged_cents as due_cents, 0 as collected_cents
    from later_charges
    union all
    select currency, due_on, days_since_due, 0 as due_cents, collected_cents from collected
    where days_since_due is not null
),

summed as (
    select
        cast(date_trunc('month', due_on) as date) as cohort_month,
        currency,
        days_since_due,
        sum(due_cents)::bigint as due_cents,
        sum(collected_cents)::bigint as collected_cents
    from facts
    group by 1, 2, 3
)

select * from summed
