{{ config(post_hook='analyze {{ this }}') }}

with

persons as (
    select * from {{ ref('contactable_persons') }}
),

points as (
    select * from {{ ref('points_in_scope') }}
),

candidates as (
    -- every way to reach somebody who owes the account, in the media that the company uses, before any rule
    select
        {{ recoup.list_date() }} as list_date,
        persons.account_id,
        persons.person_id,
        persons.is_primary,
        persons.collector_roles,
        points.contact_point_id,
        points.medium as channel,
        points.point_type,
        points.verified_at,
        points.valid_from
    from persons
    inner join points
        on persons.person_id = points.person_id
    where points.medium = any({{ recoup.contact_media() }})
)

select * from candidates
