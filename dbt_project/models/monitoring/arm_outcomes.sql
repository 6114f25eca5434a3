{{ config(materialized='table', indexes=[{'columns': ['list_date']}]) }}

with

listed_arms as (
    -- everybody past due that day, contacted or not: who was drawn into an arm stays in it
    select
        arms.list_date,
        arms.account_id,
        case when arms.arm = 'control' then 'control' else 'treated' end as arm,
        population.currency,
        true as is_list_date
    from {{ ref('experiment_arms') }} as arms
    inner join {{ ref('population') }} as population
        on arms.list_date = population.list_date and arms.account_id = population.account_id
    where
        arms.list_date between {{ recoup.as_of_date() }} - 90 and {{ recoup.as_of_date() }}
),

first_list as (
    select coalesce(min(arms.list_date), date 'infinity') as list_date
    from {{ ref('experiment_arms') }} as arms
),

balances as (
    select * from {{ ref('ftr_account_balance') }}
),

assignments as (
    select * from {{ ref('stg_contact__assignments') }}
),

former_arms as (
    -- Before our lists the contact center drew the arms and logged them as teams. Only days whose horizon ended before
    -- the first list: then nobody changed arms on the way.
    select
        balances.as_of_date + 1 as list_date,
        balances.account_id,
        case when bool_or(assignments.team = '{{ var("control_team") }}') then 'control' else 'treated' end as arm,
        balances.currency,
        false as is_list_date
    from balances
    cross join first_list
    inner join assignments
        on
            balances.account_id = assignments.account_id
            and assignments.from_on <= balances.as_of_date + 1
            and (assignments.to_on is null or assignments.to_on > balances.as_of_date)
    where
        balances.as_of_date between {{ recoup.as_of_date() }} - 91 and {{ recoup.as_of_date() }} - 1
        and balances.as_of_date + {{ var('horizon_days') }} < first_list.list_date
        and assignments.team is not null
        and {{ recoup.as_known('assignments') }}
    group by balances.as_of_date, balances.account_id, balances.currency
),

arms as (
    select * from listed_arms
    union all
    select * from former_arms
),

scope as (
    select distinct account_id from arms
),

applied as (
    select
        entries.account_id,
        entries.currency,
        entries.effective_on,
        entries.amount_cents
    from {{ ref('int_ledger__application_entries') }} as entries
    inner join scope
        on entries.account_id = scope.account_id
    where
        entries.ledger_account = 'unapplied_cash'
        and {{ recoup.is_cash_application('entries.entry_kind') }}
        and entries.effective_on between {{ recoup.as_of_date() }} - 90 and {{ recoup.as_of_date() }}
        and entries.known_at <= {{ recoup.known_at() }}
),

recovered as (
    select
        arms.list_date,
        arms.account_id,
        arms.arm,
        arms.currency,
        arms.is_list_date,
        arms.list_date + {{ var('horizon_days') }} - 1 <= {{ recoup.as_of_date() }} as is_complete,
        {{ recoup.amount('coalesce(sum(applied.amount_cents), 0)', 'arms.currency') }} as recovered_amount
    from arms
    left join applied
        on
            arms.account_id = applied.account_id
            and arms.currency = applied.currency
            and applied.effective_on >= arms.list_date
            and applied.effective_on < arms.list_date + {{ var('horizon_days') }}
    group by arms.list_date, arms.account_id, arms.arm, arms.currency, arms.is_list_date
)

select * from recovered
