{{
    config(
        unique_key='_key',
        indexes=[
            {'columns': ['_key']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'fx_rates') }}
),

renamed as (
    select
        "on" as rate_on,
        from_currency,
        to_currency,
        rate,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
