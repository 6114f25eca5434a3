{{ config(post_hook='analyze {{ this }}') }}

with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

debts as (
    select * from {{ ref('stg_ledger__debts') }}
),

known_debts as (
    select * from debts
    where {{ recoup.as_known('debts') }}
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

known_accounts as (
    select * from accounts
    where {{ recoup.as_known('accounts') }}
),

in_scope as (
    -- An account without debts of its own is one debt. Loans serviced as one (group_key) count as one.
    -- A debt is bound by the rules of the company's role and by those of the debt's own.
    select
        {{ recoup.list_date() }} as list_date,
        population.account_id,
        known_debts.debt_id,
        coalesce('group:' || known_debts.group_key, known_debts.debt_id, 'account:' || population.account_id)
            as debt_unit,
        array_remove(array['{{ var("collector_role") }}', known_debts.collector_role], null) as collector_roles,
        known_debts.kind as debt_kind,
        known_debts.default_on,
        known_accounts.opened_on as account_opened_on
    from population
    left join known_debts
        on population.account_id = known_debts.account_id
    left join known_accounts
        on population.account_id = known_accounts.account_id
)

select * from in_scope
