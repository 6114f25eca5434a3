{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}, {'columns': ['invoice_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

lines as (
    select * from {{ ref('stg_ledger__invoice_lines') }}
),

billed as (
    -- a line that names no period is taken for the 45 days before its invoice
    select
        lines.line_id,
        lines.invoice_id,
        invoices.account_id,
        invoices.currency,
        lines.item,
        lines.service_from is not null and lines.service_to is not null as has_period,
        coalesce(lines.service_from, lines.service_to, invoices.issued_on - 45) as service_from,
        coalesce(lines.service_to, lines.service_from, invoices.issued_on) as service_to,
        lines.quantity,
        lines.unit_price_cents,
        lines.amount_cents,
        invoices.issued_on,
        greatest(invoices.billed_on, {{ learned_on('lines.known_from') }}) as billed_on
    from invoices
    inner join lines
        on
            invoices.invoice_id = lines.invoice_id
            and {{ as_known('lines') }}
),

timed as (
    select
        *,
        issued_on <= service_to + {{ var('leakage_late_billing_days') }} as is_timely
    from billed
)

select * from timed
