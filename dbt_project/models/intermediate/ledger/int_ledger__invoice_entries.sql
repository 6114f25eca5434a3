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

postings as (
    select
        'invoices|' || invoice_id as source_row,
        account_id,
        invoice_id,
        currency,
        total_cents,
        tax_cents,
        issued_on as effective_on,
        known_from,
        known_to,
        _batch_id
    from {{ ref('int_ledger__invoice_postings') }} as posted
    {% if is_incremental() %}
    where {{ arrived_since_last_build('posted') }}
    {% endif %}
),

legs as (
    select
        postings.source_row,
        postings.account_id,
        postings.invoice_id,
        postings.currency,
        leg.ledger_account,
        'invoice' as entry_kind,
        case leg.ledger_account
            when 'accounts_receivable' then postings.total_cents
            when 'revenue' then postings.tax_cents - postings.total_cents
            else -postings.tax_cents
        end as amount_cents,
        postings.effective_on,
        postings.known_from,
        postings.known_to,
        postings._batch_id
    from postings
    cross join (values ('accounts_receivable'), ('revenue'), ('sales_tax')) as leg (ledger_account)
),

entries as (
    {{ entries_of('legs') }}
)

select * from entries
