{{
    config(
        unique_key='_key',
        indexes=[
            {'columns': ['_key']},
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'usage') }}
),

renamed as (
    select
        account_id,
        item,
        service_from,
        service_to,
        quantity,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
