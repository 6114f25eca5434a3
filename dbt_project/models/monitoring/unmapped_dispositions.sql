with

attempts as (
    select * from {{ ref('int_attempts') }}
),

unmapped as (
    select
        disposition_raw,
        channel,
        count(*)::integer as attempt_count,
        (count(*) filter (where company_date = {{ recoup.as_of_date() }}))::integer as as_of_date_attempt_count,
        min(company_date) as first_seen_on,
        max(company_date) as last_seen_on
    from attempts
    where not is_mapped and {{ recoup.as_known('attempts') }}
    group by disposition_raw, channel
)

select * from unmapped
