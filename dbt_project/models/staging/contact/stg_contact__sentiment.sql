{{
    config(
        unique_key='_key',
        indexes=[
            {'columns': ['_key']},
            {'columns': ['account_id']},
            {'columns': ['attempt_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'sentiment') }}
),

renamed as (
    select
        attempt_id,
        account_id,
        at as scored_at,
        score,
        source,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
