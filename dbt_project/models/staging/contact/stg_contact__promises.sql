{{
    config(
        unique_key='promise_id',
        indexes=[
            {'columns': ['promise_id']},
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'promises') }}
),

renamed as (
    select
        promise_id,
        account_id,
        attempt_id,
        made_at,
        due_on,
        amount_cents,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
