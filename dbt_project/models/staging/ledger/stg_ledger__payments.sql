{{
    config(
        unique_key='payment_id',
        indexes=[
            {'columns': ['payment_id']},
            {'columns': ['account_id']},
            {'columns': ['retry_of']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'payments') }}
),

renamed as (
    select
        payment_id,
        account_id,
        currency,
        amount_cents,
        method,
        status,
        attempted_at,
        settled_at,
        decline_code,
        provider,
        retry_of,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
