{{
    config(
        unique_key='attempt_id',
        indexes=[
            {'columns': ['attempt_id']},
            {'columns': ['contact_point_id', 'started_at']},
            {'columns': ['person_id', 'started_at']},
            {'columns': ['started_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'attempts') }}
),

renamed as (
    select
        attempt_id,
        person_id,
        contact_point_id,
        debt_ids,
        channel,
        direction,
        started_at,
        connected,
        human,
        right_party,
        conversation,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        agent_id,
        campaign,
        disposition_raw,
        list_row_hash,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
