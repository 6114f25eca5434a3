{{
    config(
        unique_key='adjustment_id',
        indexes=[
            {'columns': ['adjustment_id']},
            {'columns': ['account_id']},
            {'columns': ['invoice_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'adjustments') }}
),

renamed as (
    select
        adjustment_id,
        account_id,
        invoice_id,
        currency,
        kind,
        amount_cents,
        "on" as adjusted_on,
        reason,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
