{{ config(post_hook='analyze {{ this }}') }}

with

candidates as (
    select * from {{ ref('contact_candidates') }}
),

latest as (
    -- what was said about offers binds offers only
    select * from {{ ref('int_consents__latest') }}
    where purpose in ('servicing', 'collection')
),

in_scope as (
    select
        {{ recoup.list_date() }} as list_date,
        latest.contact_point_id,
        latest.person_id,
        latest.medium,
        latest.purpose,
        latest.state,
        latest.consented_at
    from latest
    where
        latest.contact_point_id in (select candidates.contact_point_id from candidates)
        or (latest.contact_point_id is null and latest.person_id in (select candidates.person_id from candidates))
)

select * from in_scope
