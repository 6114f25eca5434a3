with

subscriptions as (
    select * from {{ ref('stg_ledger__subscriptions') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

subscribed as (
    select
        account_id,
        started_on,
        cancelled_on as ended_on,
        cancel_reason as end_reason
    from subscriptions
    where {{ as_known('subscriptions') }}
),

-- an account that nobody subscribed to anything is a customer while it is open
accounts_alone as (
    select
        accounts.account_id,
        accounts.opened_on as started_on,
        accounts.closed_on as ended_on,
        accounts.close_reason as end_reason
    from accounts
    where
        not exists (
            select 1
            from {{ ref('stg_ledger__subscriptions') }} as held
            where held.account_id = accounts.account_id and {{ as_known('held') }}
        )
),

spans as (
    select * from subscribed
    union all
    select * from accounts_alone
)

select * from spans
