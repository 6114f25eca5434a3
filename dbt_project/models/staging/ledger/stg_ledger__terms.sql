{{
    config(
        unique_key='terms_code',
        indexes=[
            {'columns': ['terms_code']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'terms') }}
),

renamed as (
    select
        terms_code,
        net_days,
        discount_rate,
        discount_days,
        late_fee_cents,
        grace_days,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
