with

statuses as (
    select * from {{ ref('int_statuses__known') }}
),

active as (
    -- a status that ends during the list date still stands in its morning
    select
        person_id,
        account_id,
        debt_id,
        status,
        from_at,
        to_at,
        detail,
        evidence_ref
    from statuses
    where to_at is null or to_at > {{ recoup.end_of_day(recoup.as_of_date()) }}
)

select * from active
