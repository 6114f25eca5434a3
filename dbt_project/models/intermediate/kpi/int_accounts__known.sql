with

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

known as (
    select
        account_id,
        currency,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        opened_on,
        closed_on,
        close_reason
    from accounts
    where {{ as_known('accounts') }}
)

select * from known
