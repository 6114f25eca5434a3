with

ledger as (
    select * from {{ ref('stg_ledger__status_events') }}
),

contact as (
    select * from {{ ref('stg_contact__status_events') }}
),

known as (
    select person_id, account_id, debt_id, status, from_at, to_at, detail, evidence_ref
    from ledger
    where {{ recoup.as_known('ledger') }}
    union all
    select person_id, account_id, debt_id, status, from_at, to_at, detail, evidence_ref
    from contact
    where {{ recoup.as_known('contact') }}
),

begun as (
    -- known statuses that have begun by the end of the list date: one that begins tomorrow afternoon counts today
    select distinct
        person_id,
        account_id,
        debt_id,
        status,
        from_at,
        to_at,
        detail,
        evidence_ref
    from known
    where from_at < {{ recoup.end_of_day(recoup.list_date()) }}
)

select * from begun
