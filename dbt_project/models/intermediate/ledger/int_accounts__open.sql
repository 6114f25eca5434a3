{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}]
    )
}}

with

invoices as (
    select * from {{ ref('int_invoices__open') }}
),

unapplied_balances as (
    select *
    from {{ ref('int_accounts__unapplied_balances') }}
    where
        unapplied_cash_cents <> 0
        or unapplied_credits_cents <> 0
        or last_effective_on > {{ as_of_date() }}
        or last_known_at > {{ known_at() }}
),

later_entries as (
    select
        entries.account_id,
        entries.currency,
        sum(case when entries.ledger_account = 'unapplied_cash' then -entries.amount_cents else 0 end)::bigint
            as later_cash_cents,
        sum(case when entries.ledger_account = 'unapplied_credits' then -entries.amount_cents else 0 end)::bigint
            as later_credits_cents
    from unapplied_balances
    inner join {{ ref('int_ledger__entries') }} as entries
        on
            unapplied_balances.account_id = entries.account_id
            and unapplied_balances.currency = entries.currency
    where
        (
            unapplied_balances.last_effective_on > {{ as_of_date() }}
            or unapplied_balances.last_known_at > {{ known_at() }}
        )
        and entries.ledger_account in ('unapplied_cash', 'unapplied_credits')
        and (entries.effective_on > {{ as_of_date() }} or entries.known_at > {{ known_at() }})
    group by entries.account_id, entries.currency
),

unapplied as (
    select
        unapplied_balances.account_id,
        unapplied_balances.currency,
        unapplied_balances.unapplied_cash_cents - coalesce(later_entries.later_cash_cents, 0) as unapplied_cash_cents,
        unapplied_balances.unapplied_credits_cents - coalesce(later_entries.later_credits_cents, 0)
            as unapplied_credits_cents
    from unapplied_balances
    left join later_entries
        on
            unapplied_balances.account_id = later_entries.account_id
            and unapplied_balances.currency = later_entries.currency
),

owed as (
    -- an overpaid invoice lowers the sums; only what is owed can be old
    select
        account_id,
        currency,
        sum(open_cents)::bigint as balance_cents,
        coalesce(sum(open_cents) filter (where days_past_due > 0), 0)::bigint as past_due_cents,
        coalesce(max(days_past_due) filter (where open_cents > 0), 0) as days_past_due,
        min(due_on) filter (where open_cents > 0) as oldest_due_on,
        count(*) as open_invoice_count,
        count(*) filter (where days_past_due > 0 and open_cents > 0) as past_due_invoice_count
    from invoices
    group by account_id, currency
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

combined as (
    select
        coalesce(owed.account_id, unapplied.account_id) as account_id,
        coalesce(owed.currency, unapplied.currency) as currency,
        coalesce(owed.balance_cents, 0) as balance_cents,
        coalesce(owed.past_due_cents, 0) as past_due_cents,
        coalesce(owed.days_past_due, 0) as days_past_due,
        owed.oldest_due_on,
        coalesce(owed.open_invoice_count, 0)::integer as open_invoice_count,
        coalesce(owed.past_due_invoice_count, 0)::integer as past_due_invoice_count,
        coalesce(unapplied.unapplied_cash_cents, 0) as unapplied_cash_cents,
        coalesce(unapplied.unapplied_credits_cents, 0) as unapplied_credits_cents
    from owed
    full outer join unapplied
        on
            owed.account_id = unapplied.account_id
            and owed.currency = unapplied.currency
),

described as (
    select
        {{ as_of_date() }} as as_of_date,
        combined.account_id,
        combined.currency,
        combined.balance_cents,
        combined.past_due_cents,
        combined.days_past_due,
        {{ aging_bucket('combined.days_past_due') }} as aging_bucket,
        combined.oldest_due_on,
        combined.open_invoice_count,
        combined.past_due_invoice_count,
        combined.unapplied_cash_cents,
        combined.unapplied_credits_cents,
        accounts.product,
        accounts.segment,
        accounts.region
    from combined
    left join accounts
        on
            combined.account_id = accounts.account_id
            and {{ as_known('accounts') }}
    where
        combined.open_invoice_count > 0
        or combined.unapplied_cash_cents <> 0
        or combined.unapplied_credits_cents <> 0
)

select * from described
