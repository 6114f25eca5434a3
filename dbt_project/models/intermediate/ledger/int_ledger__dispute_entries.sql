{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='source_row',
        indexes=[
            {'columns': ['source_row']},
            {'columns': ['account_id']},
            {'columns': ['effective_on']},
            {'columns': ['known_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

{% if is_incremental() %}
touched as (
    select disputes.dispute_id
    from {{ ref('stg_ledger__disputes') }} as disputes
    where {{ arrived_since_last_build('disputes') }}
    union
    select disputes.dispute_id
    from {{ ref('int_ledger__payment_postings') }} as payments
    inner join {{ ref('stg_ledger__disputes') }} as disputes on payments.payment_id = disputes.payment_id
    where {{ arrived_since_last_build('payments') }}
    union
    select disputes.dispute_id
    from {{ ref('int_ledger__invoice_postings') }} as invoices
    inner join {{ ref('stg_ledger__disputes') }} as disputes on invoices.invoice_id = disputes.invoice_id
    where {{ arrived_since_last_build('invoices') }}
),
{% endif %}

disputes as (
    select *
    from {{ ref('stg_ledger__disputes') }}
    {% if is_incremental() %}
    where dispute_id in (select touched.dispute_id from touched)
    {% endif %}
),

payments as (
    select * from {{ ref('int_ledger__payment_postings') }}
),

invoices as (
    select * from {{ ref('int_ledger__invoice_postings') }}
),

lost as (
    select
        dispute_id,
        payment_id,
        invoice_id,
        amount_cents,
        {{ local_date('coalesce(closed_at, source_recorded_at)') }} as effective_on,
        known_from,
        known_to
    from disputes
    where kind = 'chargeback' and outcome = 'lost'
),

charged_to_payments as (
    -- a payment that is itself marked returned has already given the money back: it must not leave twice
    select
        lost.dispute_id,
        payments.account_id,
        payments.currency,
        lost.amount_cents,
        lost.effective_on,
        {{ both_known_from('lost', 'payments') }} as known_from,
        {{ both_known_to('lost', 'payments') }} as known_to
    from lost
    inner join payments
        on
            lost.payment_id = payments.payment_id
            and payments.settled_on is not null
            and payments.ended_on is null
            and {{ known_together('lost', 'payments') }}
),

charged_to_invoices as (
    select
        lost.dispute_id,
        invoices.account_id,
        invoices.currency,
        lost.amount_cents,
        lost.effective_on,
        {{ both_known_from('lost', 'invoices') }} as known_from,
        {{ both_known_to('lost', 'invoices') }} as known_to
    from lost
    inner join invoices
        on
            lost.invoice_id = invoices.invoice_id
            and lost.payment_id is null
            and {{ known_together('lost', 'invoices') }}
),

charged as (
    select * from charged_to_payments
    union all
    select * from charged_to_invoices
),

legs as (
    select
        'disputes|' || charged.dispute_id as source_row,
        charged.account_id,
        cast(null as text) as invoice_id,
        charged.currency,
        leg.ledger_account,
        'chargeback' as entry_kind,
        charged.amount_cents * leg.direction as amount_cents,
        charged.effective_on,
        charged.known_from,
        charged.known_to,
        {{ newest_batch([
            ref('stg_ledger__disputes'), ref('int_ledger__payment_postings'), ref('int_ledger__invoice_postings')
        ]) }} as _batch_id
    from charged
    cross join (values ('unapplied_cash', 1), ('cash', -1)) as leg (ledger_account, direction)
),

entries as (
    {{ entries_of('legs') }}
)

select * from entries
