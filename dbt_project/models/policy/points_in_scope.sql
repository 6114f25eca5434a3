{{ config(post_hook='analyze {{ this }}') }}

with

persons as (
    select distinct person_id from {{ ref('contactable_persons') }}
),

points as (
    select * from {{ ref('int_contact_points__valid') }}
),

in_scope as (
    select
        {{ recoup.list_date() }} as list_date,
        points.contact_point_id,
        points.person_id,
        points.medium,
        points.area_code,
        points.point_type,
        points.postal_code,
        points.verified_at,
        points.valid_from
    from persons
    inner join points
        on persons.person_id = points.person_id
)

select * from in_scope
