{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}, {'columns': ['root_id']}, {'columns': ['payment_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with recursive

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

stated as (
    select * from {{ ref('stg_ledger__payments') }}
),

postings as (
    select * from {{ ref('int_ledger__payment_postings') }}
),

payments as (
    -- a day that lies beyond the as-of date has not come
    select
        stated.payment_id,
        stated.account_id,
        stated.currency,
        stated.amount_cents,
        stated.retry_of,
        stated.provider,
        stated.decline_code,
        stated.attempted_at,
        {{ local_date('stated.attempted_at') }} as attempted_on,
        case when postings.settled_on <= {{ as_of_date() }} then postings.settled_on end as settled_on,
        case when stated.status = 'failed' then {{ local_date('stated.attempted_at') }} end as failed_on,
        case
            when stated.status = 'returned' and postings.ended_on <= {{ as_of_date() }} then postings.ended_on
        end as returned_on,
        {{ learned_on('stated.known_from') }} as learned_on
    from accounts
    inner join stated
        on
            accounts.account_id = stated.account_id
            and {{ as_known('stated') }}
    left join postings
        on
            stated.payment_id = postings.payment_id
            and {{ as_known('postings') }}
    where {{ local_date('stated.attempted_at') }} <= {{ as_of_date() }}
),

chains (payment_id, root_id, place) as (
    select
        first_tries.payment_id,
        first_tries.payment_id as root_id,
        1 as place
    from payments as first_tries
    where
        not exists (
            select 1 from payments as earlier
            where earlier.payment_id = first_tries.retry_of and earlier.attempted_at < first_tries.attempted_at
        )
    union all
    select
        payments.payment_id,
        chains.root_id,
        chains.place + 1 as place
    from chains
    inner join payments as parents on chains.payment_id = parents.payment_id
    inner join payments
        on
            parents.payment_id = payments.retry_of
            and parents.attempted_at < payments.attempted_at
),

chained as (
    select
        chains.root_id,
        chains.place,
        payments.payment_id,
        payments.account_id,
        payments.currency,
        payments.amount_cents,
        payments.provider,
        payments.decline_code,
        payments.attempted_on,
        payments.settled_on,
        payments.failed_on,
        payments.returned_on,
        payments.learned_on
    from chains
    inner join payments on chains.payment_id = payments.payment_id
)

select * from chained
