with

consents as (
    select * from {{ ref('stg_contact__consents') }}
),

known as (
    select * from consents
    where
        {{ recoup.as_known('consents') }}
        and consented_at < {{ recoup.end_of_day(recoup.list_date()) }}
),

ranked as (
    select
        contact_point_id,
        person_id,
        medium,
        purpose,
        state,
        consented_at,
        evidence_ref,
        row_number() over (
            partition by coalesce(contact_point_id, 'person|' || person_id), medium, purpose
            -- a refusal stated at the same instant as a consent wins
            order by consented_at desc, case state when 'given' then 1 else 0 end
        ) as recency
    from known
),

latest as (
    select
        contact_point_id,
        person_id,
        medium,
        purpose,
        state,
        consented_at,
        evidence_ref
    from ranked
    where recency = 1
)

select * from latest
