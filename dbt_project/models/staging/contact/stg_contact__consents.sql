{{
    config(
        unique_key='_key',
        indexes=[
            {'columns': ['_key']},
            {'columns': ['contact_point_id']},
            {'columns': ['person_id']},
            {'columns': ['consented_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'consents') }}
),

renamed as (
    select
        contact_point_id,
        person_id,
        medium,
        purpose,
        state,
        at as consented_at,
        evidence_ref,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
