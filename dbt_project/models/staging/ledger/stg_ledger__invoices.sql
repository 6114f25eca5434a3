{{
    config(
        unique_key='invoice_id',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['account_id']},
            {'columns': ['due_on']},
            {'columns': ['issued_on']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'invoices') }}
),

renamed as (
    select
        invoice_id,
        account_id,
        debt_id,
        currency,
        issued_on,
        sent_at,
        due_on,
        status,
        total_cents,
        tax_cents,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
