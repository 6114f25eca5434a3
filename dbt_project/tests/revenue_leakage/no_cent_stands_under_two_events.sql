-- Of the accounts that the run looked at: two events hold a cent of one anchor, or together more than it has.
with

allocations as (
    select * from {{ ref('int_leakage__allocations') }}
),

entries as (
    select * from {{ ref('int_ledger__entries') }}
),

payments as (
    select * from {{ ref('stg_ledger__payments') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

shared as (
    select mine.anchor
    from allocations as mine
    inner join allocations as other
        on
            mine.anchor = other.anchor
            and mine.event_id < other.event_id
            and mine.allocated_cents && other.allocated_cents
),

held as (
    select
        anchor,
        sum(at_risk_cents) as held_cents
    from allocations
    group by anchor
),

amounts as (
    select
        'invoice|' || entries.invoice_id as anchor,
        sum(entries.amount_cents) as amount_cents
    from entries
    where
        entries.account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
        and entries.ledger_account = 'accounts_receivable'
        and {{ is_charge('entries.entry_kind') }}
        and entries.known_at <= {{ known_at() }}
        and entries.effective_on <= {{ as_of_date() }}
    group by entries.invoice_id
    union all
    select 'payment|' || payment_id as anchor, amount_cents from payments
    where {{ as_known('payments') }}
    union all
    select 'adjustment|' || adjustment_id as anchor, amount_cents from adjustments
    where {{ as_known('adjustments') }}
    union all
    select 'dispute|' || dispute_id as anchor, amount_cents from disputes
    where {{ as_known('disputes') }}
),

above as (
    select held.anchor
    from held
    left join amounts on held.anchor = amounts.anchor
    where
        held.held_cents > coalesce(amounts.amount_cents, 0)
        and not starts_with(held.anchor, 'service|')
        and not starts_with(held.anchor, 'fee|')
        and not starts_with(held.anchor, 'shortfall|')
),

failing as (
    select anchor from shared
    union
    select anchor from above
)

select * from failing
