{{ config(post_hook='analyze {{ this }}') }}

with

statuses as (
    select * from {{ ref('int_statuses__known') }}
),

parties as (
    select * from {{ ref('int_persons_on_accounts') }}
    where role in ('obligor', 'co_signer')
),

erased as (
    select distinct person_id
    from statuses
    where status = 'erased' and person_id is not null
),

accounts as (
    -- an account is nobody's any more once everybody who owes it was erased
    select parties.account_id
    from parties
    left join erased
        on parties.person_id = erased.person_id
    group by parties.account_id
    having bool_and(erased.person_id is not null)
),

forgotten as (
    select
        {{ recoup.as_of_date() }} as as_of_date,
        erased.person_id,
        cast(null as text) as account_id
    from erased
    union all
    select
        {{ recoup.as_of_date() }} as as_of_date,
        cast(null as text) as person_id,
        accounts.account_id
    from accounts
)

select * from forgotten
