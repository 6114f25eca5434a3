{{
    config(
        unique_key='person_id',
        indexes=[
            {'columns': ['person_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'persons') }}
),

renamed as (
    select
        person_id,
        kind,
        language,
        birth_year,
        created_at,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
