{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}]) }}

with

open_invoices as (
    select * from {{ ref('int_invoices__open') }}
),

converted as (
    select
        as_of_date,
        invoice_id,
        account_id,
        currency,
        debt_id,
        issued_on,
        due_on,
        days_past_due,
        aging_bucket,
        {{ amount('open_cents', 'currency') }} as open_amount,
        {{ amount('original_cents', 'currency') }} as original_amount,
        product,
        segment,
        region
    from open_invoices
)

select * from converted
