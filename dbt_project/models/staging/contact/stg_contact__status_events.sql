{{
    config(
        unique_key='_key',
        indexes=[
            {'columns': ['_key']},
            {'columns': ['person_id']},
            {'columns': ['account_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('contact', 'status_events') }}
),

renamed as (
    select
        person_id,
        account_id,
        debt_id,
        status,
        from_at,
        to_at,
        detail,
        evidence_ref,
        _key,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
