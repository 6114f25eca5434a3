{{ config(materialized='table') }}

with

periods as (
    select
        period,
        kpi_date,
        quarter_starts_on,
        ends_on,
        is_complete
    from {{ ref('int_kpi__periods') }}
    union all
    -- the month before too: its costs are often booked after it has ended
    select
        period,
        cast(kpi_date - interval '1 month' as date) as kpi_date,
        cast(kpi_date - interval '1 month' as date) as quarter_starts_on,
        kpi_date - 1 as ends_on,
        true as is_complete
    from {{ ref('int_kpi__periods') }}
    where period = 'month'
),

costs as (
    select * from {{ ref('stg_ledger__costs') }}
),

shifts as (
    select * from {{ ref('stg_contact__shifts') }}
),

agents as (
    select * from {{ ref('stg_contact__agents') }}
),

rates as (
    select * from {{ ref('stg_ledger__fx_rates') }}
),

invoices as (
    select * from {{ ref('int_invoices__current') }}
),

spent as (
    -- costs carry no currency: they are kept in the reporting one
    select
        periods.period,
        periods.kpi_date,
        sum(costs.amount_cents)::numeric as cost_cents
    from costs
    inner join periods on costs.cost_on between periods.quarter_starts_on and periods.ends_on
    where costs.kind in ('channel', 'agency') and {{ as_known('costs') }}
    group by periods.period, periods.kpi_date
),

worked as (
    select
        periods.period,
        periods.kpi_date,
        sum(extract(epoch from shifts.ends_at - shifts.starts_at) / 3600 * agents.cost_per_hour_cents) as agent_cents
    from shifts
    inner join periods
        on {{ local_date('shifts.starts_at') }} between periods.quarter_starts_on and periods.ends_on
    inner join agents on shifts.agent_id = agents.agent_id and {{ as_known('agents') }}
    where {{ as_known('shifts') }}
    group by periods.period, periods.kpi_date
),

latest_rates as (
    select
        from_currency,
        (array_agg(rate order by rate_on desc))[1] as rate
    from rates
    where
        to_currency = '{{ var("reporting_currency") }}'
        and rate_on <= {{ as_of_date() }}
        and {{ as_known('rates') }}
    group by from_currency
),

collected as (
    -- cash applied to what was past due when it was applied
    select
        periods.period,
        periods.kpi_date,
        entries.currency,
        -sum(entries.amount_cents) as collected_cents
    from {{ ref('int_ledger__application_entries') }} as entries
    inner join periods on entries.effective_on between periods.quarter_starts_on and periods.ends_on
    inner join invoices on entries.invoice_id = invoices.invoice_id
    where
        entries.ledger_account = 'accounts_receivable'
        and {{ is_cash_application('entries.entry_kind') }}
        and entries.effective_on >= {{ as_of_date() }} - 89
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
        and entries.effective_on > invoices.due_on
    group by periods.period, periods.kpi_date, entries.currency
),

converted as (
    -- a currency without a rate cannot stand beside the costs and is left out
    select
        collected.period,
        collected.kpi_date,
        sum(
            {{ amount('collected.collected_cents', 'collected.currency') }}
            * case when collected.currency = '{{ var("reporting_currency") }}' then 1 else latest_rates.rate end
        ) as collected_amount
    from collected
    left join latest_rates on collected.currency = latest_rates.from_currency
    group by collected.period, collected.kpi_date
),

totals as (
    select
        periods.period,
        periods.kpi_date,
        periods.is_complete,
        '{{ var("reporting_currency") }}' as currency,
        coalesce(spent.cost_cents, 0) + coalesce(worked.agent_cents, 0) as cost_cents,
        coalesce(converted.collected_amount, 0) as collected_amount,
        spent.cost_cents is not null or worked.agent_cents is not null as has_costs
    from periods
    left join spent on periods.period = spent.period and periods.kpi_date = spent.kpi_date
    left join worked on periods.period = worked.period and periods.kpi_date = worked.kpi_date
    left join converted on periods.period = converted.period and periods.kpi_date = converted.kpi_date
),

measured as (
    -- a company that delivers no cost has no figure rather than a free one
    select
        period,
        kpi_date,
        currency,
        is_complete,
        case when has_costs then {{ amount('cost_cents', 'currency') }} end as cost_amount,
        cast(collected_amount as numeric(20, 4)) as collected_amount
    from totals
)

select * from measured
