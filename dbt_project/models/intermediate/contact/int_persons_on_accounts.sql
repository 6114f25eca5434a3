with

parties as (
    select * from {{ ref('stg_ledger__account_parties') }}
),

known as (
    select * from parties
    where {{ recoup.as_known('parties') }}
),

active as (
    select distinct
        account_id,
        person_id,
        role,
        from_on
    from known
    where
        from_on <= {{ recoup.list_date() }}
        and (to_on is null or to_on >= {{ recoup.list_date() }})
),

ranked as (
    -- the primary obligor: the one who has owed the account for the longest
    select
        account_id,
        person_id,
        role,
        from_on,
        row_number() over (
            partition by account_id
            order by case role when 'obligor' then 0 when 'co_signer' then 1 else 2 end, from_on, person_id
        ) as place
    from active
),

placed as (
    select
        account_id,
        person_id,
        role,
        from_on,
        place = 1 and role in ('obligor', 'co_signer') as is_primary
    from ranked
)

select * from placed
