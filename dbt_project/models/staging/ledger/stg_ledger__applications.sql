{{
    config(
        unique_key='application_id',
        indexes=[
            {'columns': ['application_id']},
            {'columns': ['invoice_id']},
            {'columns': ['payment_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'applications') }}
),

renamed as (
    select
        application_id,
        payment_id,
        credit_id,
        invoice_id,
        amount_cents,
        applied_on,
        reverses,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
