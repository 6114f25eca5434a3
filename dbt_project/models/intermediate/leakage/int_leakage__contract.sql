{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id', 'item']}],
        post_hook='analyze {{ this }}'
    )
}}

with

prices as (
    select * from {{ ref('stg_ledger__contract_prices') }}
),

agreed as (
    select
        prices.account_id,
        prices.item,
        prices.kind,
        prices.period,
        prices.price_cents,
        prices.from_on,
        prices.to_on,
        lead(prices.from_on) over (
            partition by prices.account_id, prices.item, prices.kind
            order by prices.from_on
        ) as next_from_on
    from prices
    where
        prices.account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
        and {{ as_known('prices') }}
),

in_force as (
    -- a newer price replaces an older one from its first day on, also where nobody ended that; discounts may add up
    select
        account_id,
        item,
        kind,
        period,
        price_cents,
        from_on,
        coalesce(
            case when kind = 'price' then least(to_on, next_from_on - 1) else to_on end, date '9999-12-31'
        ) as to_on
    from agreed
)

select * from in_force
where to_on >= from_on
