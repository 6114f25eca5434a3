{{ config(materialized='ephemeral') }}

with

undocumented as (
    select * from {{ ref('undocumented_contacts') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

counted as (
    select
        count(*) as contacts,
        count(*) filter (where 'list_row' = any(lacks)) as without_row,
        count(*) filter (where 'consent_evidence' = any(lacks)) as without_consent
    from undocumented
),

worded as (
    select
        'undocumented_contacts' as kind,
        contacts || ' contacts are not documented: ' || without_row || ' without a list row, ' || without_consent
        || ' without evidence of consent' as headline,
        {{ recoup.as_of_date() }}::text as evidence_key
    from counted
    where contacts > 0
)

select * from worded
