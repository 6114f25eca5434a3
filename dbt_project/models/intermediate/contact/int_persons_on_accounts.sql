with

parties as (
    select * from {{ ref('stg_ledger__account_parties') }}
),

active as (
    select distinct
        account_id,
        person_id,
        role,
        from_on
    from parties
    where
        {{ recoup.as_known('parties') }}
        and from_on <= {{ recoup.list_date() }}
        and (to_on is null or to_on >= {{ recoup.list_date() }})
)

select * from active
