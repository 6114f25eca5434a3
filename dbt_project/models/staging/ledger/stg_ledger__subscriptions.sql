{{
    config(
        unique_key='subscription_id',
        indexes=[
            {'columns': ['subscription_id']},
            {'columns': ['account_id']},
            {'columns': ['started_on']},
            {'columns': ['cancelled_on']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'subscriptions') }}
),

renamed as (
    select
        subscription_id,
        account_id,
        plan,
        status,
        started_on,
        cancelled_on,
        cancel_reason,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
