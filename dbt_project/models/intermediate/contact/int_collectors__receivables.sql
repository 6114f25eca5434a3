{{ config(materialized='table') }}

with

periods as (
    select
        case period_kind when 'month' then 'month' else 'day' end as period,
        starts_on,
        ends_on,
        is_complete
    from {{ ref('int_receivables__period_bounds') }}
    where period_kind in ('trailing_90_days', 'month')
),

assigned as (
    -- one span an account, collector and period, so that two rows that overlap count no cent twice
    select
        periods.period,
        periods.is_complete,
        held.account_id,
        coalesce(held.agent_id, held.team, 'unknown') as collector,
        greatest(min(held.from_on), min(periods.starts_on)) as from_on,
        least(max(coalesce(held.to_on, periods.ends_on)), min(periods.ends_on)) as until_on
    from {{ ref('stg_contact__assignments') }} as held
    inner join periods
        on
            held.from_on <= periods.ends_on
            and (held.to_on is null or held.to_on >= periods.starts_on)
    where {{ as_known('held') }}
    group by 1, 2, 3, 4
),

entries as (
    -- the longest period is 90 days: the cost is that of these days, not of the history
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        and effective_on between {{ as_of_date() }} - 89 and {{ as_of_date() }}
        and known_at <= {{ known_at() }}
),

facts as (
    -- what is open at the end, and what moved on each day: the balance at any day between is the one less the others
    select
        account_id,
        currency,
        {{ as_of_date() }} + 1 as on_day,
        balance_cents as open_cents,
        0 as moved_cents,
        0 as charged_cents,
        0 as collected_cents
    from {{ ref('int_accounts__open') }}
    union all
    select
        account_id,
        currency,
        effective_on as on_day,
        0 as open_cents,
        sum(amount_cents) as moved_cents,
        coalesce(sum(amount_cents) filter (where {{ is_charge('entry_kind') }}), 0) as charged_cents,
        coalesce(-sum(amount_cents) filter (where {{ is_cash_application('entry_kind') }}), 0) as collected_cents
    from entries
    group by account_id, currency, effective_on
),

by_account as (
    select
        assigned.period,
        assigned.is_complete,
        assigned.collector,
        assigned.account_id,
        facts.currency,
        sum(facts.open_cents)
        - sum(case when facts.on_day >= assigned.from_on then facts.moved_cents else 0 end)
        + sum(case when facts.on_day between assigned.from_on and assigned.until_on then facts.charged_cents else 0 end)
            as assigned_cents,
        sum(case when facts.on_day between assigned.from_on and assigned.until_on then facts.collected_cents else 0 end)
            as collected_cents
    from assigned
    inner join facts on assigned.account_id = facts.account_id
    group by assigned.period, assigned.is_complete, assigned.collector, assigned.account_id, facts.currency
),

summed as (
    select
        period,
        is_complete,
        currency,
        case when grouping(collector) = 0 then 'collector' else 'total' end as grain,
        coalesce(collector, 'all') as grain_value,
        sum(assigned_cents)::bigint as assigned_cents,
        sum(collected_cents)::bigint as collected_cents
    from by_account
    group by grouping sets ((period, is_complete, currency), (period, is_complete, currency, collector))
)

select * from summed
