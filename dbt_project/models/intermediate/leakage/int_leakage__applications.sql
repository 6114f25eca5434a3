{{
    config(
        materialized='table',
        indexes=[
            {'columns': ['account_id']},
            {'columns': ['invoice_id']},
            {'columns': ['payment_id']}
        ],
        post_hook='analyze {{ this }}'
    )
}}

with

scope as (
    select account_id from {{ ref('int_leakage__accounts') }}
),

entries as (
    select * from {{ ref('int_ledger__application_entries') }}
),

invoices as (
    select * from {{ ref('stg_ledger__invoices') }}
),

payments as (
    select * from {{ ref('stg_ledger__payments') }}
),

applications as (
    select * from {{ ref('stg_ledger__applications') }} as stated
    where {{ as_known('stated') }}
),

looked_at as (
    -- money may pay another account's invoice: seen from either side
    select applications.application_id
    from applications
    inner join invoices on applications.invoice_id = invoices.invoice_id
    inner join scope on invoices.account_id = scope.account_id
    union
    select applications.application_id
    from applications
    inner join payments on applications.payment_id = payments.payment_id
    inner join scope on payments.account_id = scope.account_id
),

posted as (
    -- on the account whose invoice it pays; a reversal belongs to the application that it takes back
    select
        coalesce(applications.reverses, applications.application_id) as application_id,
        entries.account_id,
        entries.invoice_id,
        entries.currency,
        entries.entry_kind in ('application', 'credit_application') as is_made,
        entries.effective_on,
        -entries.amount_cents as applied_cents
    from looked_at
    inner join applications on looked_at.application_id = applications.application_id
    inner join entries on 'applications|' || looked_at.application_id = entries.source_row
    where
        entries.ledger_account = 'accounts_receivable'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
),

netted as (
    select
        application_id,
        account_id,
        invoice_id,
        currency,
        min(effective_on) filter (where is_made) as applied_on,
        coalesce(sum(applied_cents) filter (where is_made), 0)::bigint as gross_cents,
        greatest(sum(applied_cents), 0)::bigint as net_cents
    from posted
    group by application_id, account_id, invoice_id, currency
),

named as (
    select
        netted.application_id,
        applications.payment_id,
        applications.credit_id,
        netted.account_id,
        netted.invoice_id,
        netted.currency,
        netted.applied_on,
        netted.gross_cents,
        netted.net_cents
    from netted
    inner join applications on netted.application_id = applications.application_id
    where netted.gross_cents > 0
)

select * from named
