{{
    config(
        unique_key='offer_id',
        indexes=[
            {'columns': ['offer_id']},
            {'columns': ['account_id']},
            {'columns': ['made_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'offers') }}
),

renamed as (
    select
        offer_id,
        account_id,
        kind,
        made_at,
        outcome,
        amount_cents,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
