{{
    config(
        unique_key='contact_point_id',
        indexes=[
            {'columns': ['contact_point_id']},
            {'columns': ['person_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'contact_points') }}
),

renamed as (
    select
        contact_point_id,
        person_id,
        medium,
        area_code,
        type,
        postal_code,
        source,
        verified_at,
        valid_from,
        valid_to,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
