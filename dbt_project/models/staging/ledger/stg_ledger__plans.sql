{{
    config(
        unique_key='plan_id',
        indexes=[
            {'columns': ['plan_id']},
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'plans') }}
),

renamed as (
    select
        plan_id,
        account_id,
        agreed_on,
        status,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
