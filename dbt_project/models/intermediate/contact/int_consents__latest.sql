with

consents as (
    select * from {{ ref('stg_contact__consents') }}
),

known as (
    select
        contact_point_id,
        person_id,
        -- a statement about a point is the point's, whether or not it names the person too
        case when contact_point_id is null then person_id end as speaker_id,
        said.medium,
        purpose,
        state,
        consented_at,
        evidence_ref
    from consents
    -- what was said about every medium was said about each
    inner join (values ('voice'), ('sms'), ('email'), ('letter')) as said (medium)
        on consents.medium in (said.medium, 'any')
    where
        {{ recoup.as_known('consents') }}
        and consented_at < {{ recoup.end_of_day(recoup.list_date()) }}
),

latest as (
    -- a refusal stated at the same instant as a consent wins
    select
        contact_point_id,
        max(person_id) as person_id,
        medium,
        purpose,
        (array_agg(state order by consented_at desc, case state when 'given' then 1 else 0 end))[1] as state,
        max(consented_at) as consented_at,
        (
            array_agg(evidence_ref order by consented_at desc, case state when 'given' then 1 else 0 end)
        )[1] as evidence_ref
    from known
    group by contact_point_id, speaker_id, medium, purpose
)

select * from latest
