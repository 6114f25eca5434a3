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
    {{ versioned_entity('contact', 'shifts') }}
),

renamed as (
    select
        agent_id,
        starts_at,
        ends_at,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
