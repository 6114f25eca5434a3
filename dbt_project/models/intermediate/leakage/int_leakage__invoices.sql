{{
    config(
        materialized='table',
        indexes=[{'columns': ['invoice_id']}, {'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

invoices as (
    select * from {{ ref('stg_ledger__invoices') }}
),

postings as (
    select * from {{ ref('int_ledger__invoice_postings') }}
),

billed as (
    -- drafts and voided bills ask for nothing: only what is posted has postings
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.debt_id,
        invoices.currency,
        invoices.issued_on,
        greatest(invoices.issued_on, {{ learned_on('postings.known_from') }}) as billed_on,
        invoices.due_on as stated_due_on,
        {{ due_on('invoices.due_on', 'invoices.issued_on', 'accounts.net_days') }} as due_on,
        invoices.total_cents,
        invoices.tax_cents
    from accounts
    inner join invoices
        on
            accounts.account_id = invoices.account_id
            and {{ as_known('invoices') }}
    inner join postings
        on
            invoices.invoice_id = postings.invoice_id
            and {{ as_known('postings') }}
    where invoices.issued_on <= {{ as_of_date() }}
)

select * from billed
