{{
    config(
        materialized='table',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['account_id']}
        ]
    )
}}

with

balances as (
    select *
    from {{ ref('int_invoices__balances') }}
    where
        balance_cents <> 0
        or last_effective_on > {{ as_of_date() }}
        or last_known_at > {{ known_at() }}
),

later_entries as (
    -- what the maintained balance already holds and the as-of date must not see
    select
        entries.invoice_id,
        entries.account_id,
        entries.currency,
        sum(entries.amount_cents)::bigint as later_cents
    from balances
    inner join {{ ref('int_ledger__entries') }} as entries
        on balances.invoice_id = entries.invoice_id
    where
        (balances.last_effective_on > {{ as_of_date() }} or balances.last_known_at > {{ known_at() }})
        and entries.ledger_account = 'accounts_receivable'
        and (entries.effective_on > {{ as_of_date() }} or entries.known_at > {{ known_at() }})
    group by entries.invoice_id, entries.account_id, entries.currency
),

items as (
    select * from {{ ref('int_invoices__current') }}
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

open_balances as (
    select
        balances.invoice_id,
        balances.account_id,
        balances.currency,
        balances.balance_cents - coalesce(later_entries.later_cents, 0) as open_cents
    from balances
    left join later_entries
        on
            balances.invoice_id = later_entries.invoice_id
            and balances.account_id = later_entries.account_id
            and balances.currency = later_entries.currency
    where balances.balance_cents - coalesce(later_entries.later_cents, 0) <> 0
),

described as (
    -- left joins: money that is open stays in the total also where its attributes are missing
    select
        open_balances.invoice_id,
        open_balances.account_id,
        open_balances.currency,
        items.debt_id,
        items.issued_on,
        coalesce(items.due_on, {{ as_of_date() }}) as due_on,
        open_balances.open_cents,
        items.total_cents as original_cents,
        accounts.product,
        accounts.segment,
        accounts.region
    from open_balances
    left join items on open_balances.invoice_id = items.invoice_id
    left join accounts
        on
            open_balances.account_id = accounts.account_id
            and {{ as_known('accounts') }}
),

aged as (
    select
        *,
        greatest({{ as_of_date() }} - due_on, 0) as days_past_due
    from described
),

bucketed as (
    select
        {{ as_of_date() }} as as_of_date,
        invoice_id,
        account_id,
        currency,
        debt_id,
        issued_on,
        due_on,
        days_past_due,
        {{ aging_bucket('days_past_due') }} as aging_bucket,
        open_cents,
        original_cents,
        product,
        segment,
        region
    from aged
)

select * from bucketed
