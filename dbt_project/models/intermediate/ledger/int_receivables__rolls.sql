{{ config(materialized='table') }}

with

spans (period, from_date, is_complete) as (
    values
    ('day', {{ as_of_date() }} - 1, true),
    (
        'month',
        cast(date_trunc('month', {{ as_of_date() }}) as date) - 1,
        cast(date_trunc('month', {{ as_of_date() }} + 1) as date) = {{ as_of_date() }} + 1
    )
),

entries as (
    -- the day's and the month's movements: never more than a month of the ledger
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        and effective_on >= cast(date_trunc('month', {{ as_of_date() }}) as date)
        and effective_on <= {{ as_of_date() }}
        and known_at <= {{ known_at() }}
),

moved as (
    select
        spans.period,
        entries.invoice_id,
        entries.account_id,
        entries.currency,
        sum(entries.amount_cents) as moved_cents,
        coalesce(sum(entries.amount_cents) filter (where {{ is_charge('entries.entry_kind') }}), 0) as charge_cents,
        coalesce(-sum(entries.amount_cents) filter (where {{ is_cash_application('entries.entry_kind') }}), 0)
            as cash_cents,
        coalesce(-sum(entries.amount_cents) filter (where {{ is_credit_application('entries.entry_kind') }}), 0)
            as credit_cents,
        coalesce(-sum(entries.amount_cents) filter (where entries.entry_kind = 'write_off'), 0) as write_off_cents
    from entries
    inner join spans on entries.effective_on > spans.from_date
    group by spans.period, entries.invoice_id, entries.account_id, entries.currency
),

open_items as (
    select
        spans.period,
        held.invoice_id,
        held.account_id,
        held.currency,
        held.due_on,
        held.open_cents
    from {{ ref('int_invoices__open') }} as held
    cross join spans
),

paired as (
    select
        coalesce(open_items.period, moved.period) as period,
        coalesce(open_items.invoice_id, moved.invoice_id) as invoice_id,
        coalesce(open_items.account_id, moved.account_id) as account_id,
        coalesce(open_items.currency, moved.currency) as currency,
        open_items.due_on,
        coalesce(open_items.open_cents, 0) as closing_cents,
        coalesce(open_items.open_cents, 0) - coalesce(moved.moved_cents, 0) as opening_cents,
        coalesce(moved.charge_cents, 0) as charge_cents,
        coalesce(moved.cash_cents, 0) as cash_cents,
        coalesce(moved.credit_cents, 0) as credit_cents,
        coalesce(moved.write_off_cents, 0) as write_off_cents
    from open_items
    full outer join moved
        on
            open_items.period = moved.period
            and open_items.invoice_id = moved.invoice_id
            and open_items.account_id = moved.account_id
            and open_items.currency = moved.currency
),

closed as (
    select distinct invoice_id from paired
    where due_on is null
),

closed_due as (
    select
        items.invoice_id,
        items.due_on
    from {{ ref('int_invoices__current') }} as items
    inner join closed on items.invoice_id = closed.invoice_id
),

flows as (
    -- what raises a balance and what lowers it, each from zero up; a charge below zero is a credit note
    select
        paired.period,
        spans.from_date,
        spans.is_complete,
        paired.invoice_id,
        paired.account_id,
        paired.currency,
        coalesce(paired.due_on, closed_due.due_on, {{ as_of_date() }}) as due_on,
        paired.opening_cents,
        paired.closing_cents,
        greatest(paired.opening_cents, 0) as owed_cents,
        greatest(-paired.opening_cents, 0) as overpaid_cents,
        greatest(paired.charge_cents, 0) + greatest(-paired.write_off_cents, 0) as charge_cents,
        greatest(paired.cash_cents, 0) as cash_cents,
        greatest(-paired.cash_cents, 0) as cash_back_cents,
        greatest(paired.credit_cents, 0) + greatest(-paired.charge_cents, 0) as credit_cents,
        greatest(-paired.credit_cents, 0) as credit_back_cents,
        greatest(paired.write_off_cents, 0) as write_off_cents
    from paired
    inner join spans on paired.period = spans.period
    left join closed_due on paired.invoice_id = closed_due.invoice_id
    where
        paired.opening_cents <> 0
        or paired.closing_cents <> 0
        or paired.charge_cents <> 0
        or paired.cash_cents <> 0
        or paired.credit_cents <> 0
        or paired.write_off_cents <> 0
),

settled as (
    -- what was owed before is lowered first: by cash, then by credits, then by the write-off. What was overpaid is used
    -- up first by what was taken back, then by new charges.
    select
        *,
        least(cash_cents, owed_cents) as owed_paid_cents,
        least(credit_cents, owed_cents - least(cash_cents, owed_cents)) as owed_credited_cents,
        least(write_off_cents, greatest(owed_cents - cash_cents - credit_cents, 0)) as owed_written_off_cents,
        least(cash_back_cents, overpaid_cents) as overpaid_cash_back_cents,
        least(credit_back_cents, overpaid_cents - least(cash_back_cents, overpaid_cents))
            as overpaid_credit_back_cents,
        least(charge_cents, greatest(overpaid_cents - cash_back_cents - credit_back_cents, 0))
            as overpaid_charged_cents
    from flows
),

split as (
    select
        *,
        owed_paid_cents - overpaid_cash_back_cents - overpaid_charged_cents as paid_cents,
        owed_credited_cents - overpaid_credit_back_cents as credited_cents,
        owed_written_off_cents as written_off_cents,
        charge_cents + cash_back_cents - overpaid_cash_back_cents + credit_back_cents - overpaid_credit_back_cents
            as charged_cents,
        cash_cents - owed_paid_cents + overpaid_charged_cents as charged_paid_cents,
        credit_cents - owed_credited_cents as charged_credited_cents,
        write_off_cents - owed_written_off_cents as charged_written_off_cents
    from settled
),

rolled as (
    select
        {{ as_of_date() }} as as_of_date,
        period,
        from_date,
        is_complete,
        invoice_id,
        account_id,
        currency,
        due_on,
        case
            when opening_cents > 0 then {{ aging_bucket('from_date - due_on') }}
            when opening_cents < 0 then 'credit balance'
        end as from_state,
        case
            when closing_cents > 0 then {{ aging_bucket(as_of_date() ~ ' - due_on') }}
            when closing_cents < 0 then 'credit balance'
        end as to_state,
        opening_cents::bigint as opening_cents,
        (opening_cents - paid_cents - credited_cents - written_off_cents)::bigint as still_open_cents,
        paid_cents::bigint as paid_cents,
        credited_cents::bigint as credited_cents,
        written_off_cents::bigint as written_off_cents,
        charged_cents::bigint as charged_cents,
        (charged_cents - charged_paid_cents - charged_credited_cents - charged_written_off_cents)::bigint
            as charged_open_cents,
        charged_paid_cents::bigint as charged_paid_cents,
        charged_credited_cents::bigint as charged_credited_cents,
        charged_written_off_cents::bigint as charged_written_off_cents,
        closing_cents::bigint as closing_cents
    from split
)

select * from rolled
