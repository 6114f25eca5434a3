with

points as (
    select * from {{ ref('int_contact_points__known') }}
),

valid as (
    select
        contact_point_id,
        person_id,
        medium,
        area_code,
        coalesce(point_type, 'unknown') as point_type,
        postal_code,
        verified_at,
        valid_from,
        feed
    from points
    where
        -- a point that becomes valid during the list date is for the day after
        (valid_from is null or valid_from < {{ recoup.end_of_day(recoup.as_of_date()) }})
        and (valid_to is null or valid_to >= {{ recoup.end_of_day(recoup.list_date()) }})
)

select * from valid
