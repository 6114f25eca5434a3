{{
    config(
        unique_key='account_id',
        indexes=[
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'accounts') }}
),

renamed as (
    select
        account_id,
        product,
        segment,
        region,
        currency,
        status,
        opened_on,
        closed_on,
        close_reason,
        terms_code,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
