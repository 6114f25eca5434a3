{{
    config(
        unique_key='agent_id',
        indexes=[
            {'columns': ['agent_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'agents') }}
),

renamed as (
    select
        agent_id,
        team,
        skills,
        cost_per_hour_cents,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
