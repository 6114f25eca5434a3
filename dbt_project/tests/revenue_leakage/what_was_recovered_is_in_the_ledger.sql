-- Of the accounts that the run looked at: a ledger row is said to have brought back more on one anchor than it holds.
with

evidence as (
    select * from {{ ref('int_leakage__evidence') }}
    where recovered_cents > 0
),

entries as (
    select * from {{ ref('int_ledger__application_entries') }}
),

applications as (
    select * from {{ ref('stg_ledger__applications') }}
),

payments as (
    select * from {{ ref('stg_ledger__payments') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

lines as (
    select * from {{ ref('stg_ledger__invoice_lines') }}
),

said as (
    select
        anchor,
        entity,
        entity_key,
        sum(recovered_cents) as recovered_cents
    from evidence
    group by anchor, entity, entity_key
),

held as (
    select
        'applications' as entity,
        coalesce(applications.reverses, applications.application_id) as entity_key,
        sum(-entries.amount_cents) as cents
    from applications
    inner join entries on 'applications|' || applications.application_id = entries.source_row
    where
        {{ as_known('applications') }}
        and coalesce(applications.reverses, applications.application_id) in (
            select said.entity_key from said
            where said.entity = 'applications'
        )
        and entries.ledger_account = 'accounts_receivable'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by 1, 2
    union all
    select 'payments' as entity, payment_id as entity_key, amount_cents as cents from payments
    where {{ as_known('payments') }}
    union all
    select 'adjustments' as entity, adjustment_id as entity_key, amount_cents as cents from adjustments
    where {{ as_known('adjustments') }}
    union all
    select 'invoice_lines' as entity, line_id as entity_key, amount_cents as cents from lines
    where {{ as_known('lines') }}
),

failing as (
    select
        said.anchor,
        said.entity,
        said.entity_key
    from said
    left join held on said.entity = held.entity and said.entity_key = held.entity_key
    where said.recovered_cents > coalesce(held.cents, 0)
)

select * from failing
