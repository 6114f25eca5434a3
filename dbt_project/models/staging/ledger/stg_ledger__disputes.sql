{{
    config(
        unique_key='dispute_id',
        indexes=[
            {'columns': ['dispute_id']},
            {'columns': ['payment_id']},
            {'columns': ['invoice_id']},
            {'columns': ['opened_at']},
            {'columns': ['closed_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'disputes') }}
),

renamed as (
    select
        dispute_id,
        payment_id,
        invoice_id,
        kind,
        amount_cents,
        opened_at,
        evidence_due_at,
        closed_at,
        outcome,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
