with

accounts as (
    select account_id from {{ ref('int_accounts__open') }}
    group by account_id
),

parties as (
    select * from {{ ref('stg_ledger__account_parties') }}
),

bound as (
    -- one person an account, so that balances add up: where several are bound, who was bound first
    select
        accounts.account_id,
        parties.person_id,
        row_number() over (
            partition by accounts.account_id order by parties.from_on, parties.person_id
        ) as position
    from accounts
    inner join parties on accounts.account_id = parties.account_id
    where
        parties.role = 'obligor'
        and {{ as_known('parties') }}
        and parties.from_on <= {{ as_of_date() }}
        and (parties.to_on is null or parties.to_on >= {{ as_of_date() }})
),

obligors as (
    select
        account_id,
        person_id
    from bound
    where position = 1
)

select * from obligors
