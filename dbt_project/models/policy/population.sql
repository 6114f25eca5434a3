{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

aging as (
    select * from {{ ref('ar_aging_by_account') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

known_accounts as (
    select * from accounts
    where {{ recoup.as_known('accounts') }}
),

obligors as (
    -- the primary obligor: the obligor, else the co-signer, who has owed the account for the longest
    select
        account_id,
        (array_agg(person_id order by case role when 'obligor' then 0 else 1 end, from_on, person_id))[1] as person_id
    from {{ ref('int_persons_on_accounts') }}
    where role in ('obligor', 'co_signer')
    group by account_id
),

past_due as (
    -- an account that owes in two currencies is worked in its own, else in the one it owes most in
    select
        aging.account_id,
        aging.currency,
        aging.balance_amount,
        aging.past_due_amount,
        aging.days_past_due,
        aging.aging_bucket,
        known_accounts.product,
        known_accounts.segment,
        known_accounts.region,
        row_number() over (
            partition by aging.account_id
            order by
                case when aging.currency = known_accounts.currency then 0 else 1 end,
                aging.past_due_amount desc,
                aging.currency
        ) as place
    from aging
    left join known_accounts
        on aging.account_id = known_accounts.account_id
    where aging.past_due_amount > 0
),

population as (
    select
        {{ recoup.list_date() }} as list_date,
        {{ recoup.as_of_date() }} as as_of_date,
        past_due.account_id,
        obligors.person_id,
        past_due.currency,
        past_due.balance_amount,
        past_due.past_due_amount,
        past_due.days_past_due,
        past_due.aging_bucket,
        past_due.product,
        past_due.segment,
        past_due.region
    from past_due
    left join obligors
        on past_due.account_id = obligors.account_id
    where past_due.place = 1
)

select * from population
