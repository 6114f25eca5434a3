{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='source_row',
        indexes=[
            {'columns': ['source_row']},
            {'columns': ['invoice_id']},
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
    select adjustments.adjustment_id
    from {{ ref('stg_ledger__adjustments') }} as adjustments
    where {{ arrived_since_last_build('adjustments') }}
    union
    select adjustments.adjustment_id
    from {{ ref('int_ledger__invoice_postings') }} as invoices
    inner join {{ ref('stg_ledger__adjustments') }} as adjustments on invoices.invoice_id = adjustments.invoice_id
    where {{ arrived_since_last_build('invoices') }}
),
{% endif %}

adjustments as (
    select
        adjustment_id,
        account_id,
        invoice_id,
        currency,
        kind,
        amount_cents,
        adjusted_on,
        kind in ('late_fee', 'interest', 'debit', 'write_off') as is_receivable,
        known_from,
        known_to
    from {{ ref('stg_ledger__adjustments') }}
    {% if is_incremental() %}
    where adjustment_id in (select touched.adjustment_id from touched)
    {% endif %}
),

invoices as (
    select * from {{ ref('int_ledger__invoice_postings') }}
),

on_invoices as (
    -- a charge or write-off on an invoice stands while the invoice stands
    select
        adjustments.adjustment_id,
        invoices.account_id,
        adjustments.invoice_id,
        adjustments.currency,
        adjustments.kind,
        adjustments.amount_cents,
        adjustments.adjusted_on,
        {{ both_known_from('adjustments', 'invoices') }} as known_from,
        {{ both_known_to('adjustments', 'invoices') }} as known_to
    from adjustments
    inner join invoices
        on
            adjustments.invoice_id = invoices.invoice_id
            and {{ known_together('adjustments', 'invoices') }}
    where adjustments.is_receivable
),

on_accounts as (
    -- without an invoice it is an open item of its own
    select
        adjustment_id,
        account_id,
        case when is_receivable then 'adj:' || adjustment_id end as invoice_id,
        currency,
        kind,
        amount_cents,
        adjusted_on,
        known_from,
        known_to
    from adjustments
    where invoice_id is null or not is_receivable
),

posted as (
    select * from on_invoices
    union all
    select * from on_accounts
),

rules (kind, ledger_account, direction) as (
    values
    ('credit', 'credits_granted', 1),
    ('credit', 'unapplied_credits', -1),
    ('late_fee', 'accounts_receivable', 1),
    ('late_fee', 'fee_income', -1),
    ('interest', 'accounts_receivable', 1),
    ('interest', 'interest_income', -1),
    ('debit', 'accounts_receivable', 1),
    ('debit', 'revenue', -1),
    ('write_off', 'bad_debt', 1),
    ('write_off', 'accounts_receivable', -1),
    ('recovery', 'unapplied_cash', 1),
    ('recovery', 'recoveries', -1),
    ('refund', 'unapplied_cash', 1),
    ('refund', 'cash', -1)
),

legs as (
    select
        'adjustments|' || posted.adjustment_id as source_row,
        posted.account_id,
        case when rules.ledger_account = 'accounts_receivable' then posted.invoice_id end as invoice_id,
        posted.currency,
        rules.ledger_account,
        posted.kind as entry_kind,
        posted.amount_cents * rules.direction as amount_cents,
        posted.adjusted_on as effective_on,
        posted.known_from,
        posted.known_to,
        {{ newest_batch([ref('stg_ledger__adjustments'), ref('int_ledger__invoice_postings')]) }} as _batch_id
    from posted
    inner join rules on posted.kind = rules.kind
),

entries as (
    {{ entries_of('legs') }}
)

select * from entries
