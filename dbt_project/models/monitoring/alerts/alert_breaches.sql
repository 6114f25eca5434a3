{{ config(materialized='ephemeral') }}

with

findings as (
    select * from {{ source('breaches', 'breach_findings') }}
    where as_of_date = {{ recoup.as_of_date() }} and retracted_at is null
),

by_contact as (
    -- one contact that broke a rule for three debts is one thing to look into
    select
        attempt_id,
        rule_id,
        person_id,
        channel,
        citation,
        started_at,
        min(detail) as detail
    from findings
    group by attempt_id, rule_id, person_id, channel, citation, started_at
),

worded as (
    select
        'contact_breach' as kind,
        channel || ' ' || attempt_id || ' to ' || person_id || ' broke ' || rule_id || ' (' || citation || '): '
        || detail || ', begun '
        || to_char(started_at at time zone '{{ var("time_zone") }}', 'YYYY-MM-DD HH24:MI') as headline,
        attempt_id || '|' || rule_id as evidence_key
    from by_contact
)

select * from worded
