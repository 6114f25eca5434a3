{{
    config(
        unique_key='debt_id',
        indexes=[
            {'columns': ['debt_id']},
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'debts') }}
),

renamed as (
    select
        debt_id,
        account_id,
        kind,
        collector_role,
        placed_on,
        default_on,
        group_key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
