{{ config(materialized='table') }}

with

periods as (
    select * from {{ ref('int_receivables__period_bounds') }}
),

accounts as (
    select
        account_id,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region
    from {{ ref('stg_ledger__accounts') }} as held
    where {{ as_known('held') }}
),

open_invoices as (
    select * from {{ ref('int_invoices__open') }}
),

entries as (
    -- the longest period is about three months: the cost is that of these days, not of the history
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        and effective_on between {{ as_of_date() }} - 92 and {{ as_of_date() }}
        and known_at <= {{ known_at() }}
),

invoices as (
    select * from {{ ref('int_ledger__invoice_postings') }}
),

paid as (
    select
        entries.account_id,
        entries.currency,
        entries.effective_on,
        -entries.amount_cents as applied_cents,
        -entries.amount_cents * (entries.effective_on - invoices.issued_on) as applied_days_cents
    from entries
    inner join invoices
        on
            entries.invoice_id = invoices.invoice_id
            and {{ as_known('invoices') }}
    where {{ is_cash_application('entries.entry_kind') }}
),

{{ items_due_since(as_of_date() ~ ' - 92') }},

balances_due as (
    select
        balances.invoice_id,
        balances.account_id,
        balances.currency,
        items_due.due_on,
        balances.charged_cents,
        balances.collected_cents,
        balances.last_effective_on > {{ as_of_date() }} or balances.last_known_at > {{ known_at() }}
            as has_later_entries
    from items_due
    inner join {{ ref('int_invoices__balances') }} as balances on items_due.invoice_id = balances.invoice_id
),

later_entries as (
    select
        balances_due.account_id,
        balances_due.currency,
        balances_due.due_on,
        -sum(case when {{ is_charge('entries.entry_kind') }} then entries.amount_cents else 0 end) as charged_cents,
        sum(case when {{ is_cash_application('entries.entry_kind') }} then entries.amount_cents else 0 end)
            as collected_cents
    from balances_due
    inner join {{ ref('int_ledger__entries') }} as entries on balances_due.invoice_id = entries.invoice_id
    where
        balances_due.has_later_entries
        and entries.account_id = balances_due.account_id
        and entries.currency = balances_due.currency
        and entries.ledger_account = 'accounts_receivable'
        and (entries.effective_on > {{ as_of_date() }} or entries.known_at > {{ known_at() }})
    group by balances_due.account_id, balances_due.currency, balances_due.due_on
),

fallen_due as (
    -- the maintained sums hold all that was ever recorded; what the date must not see is taken off again
    select account_id, currency, due_on, charged_cents, collected_cents from balances_due
    union all
    select account_id, currency, due_on, charged_cents, collected_cents from later_entries
),

movements as (
    select
        account_id,
        currency,
        effective_on as happened_on,
        amount_cents as movement_cents,
        case when entry_kind = 'invoice' then amount_cents else 0 end as credit_sales_cents,
        0 as applied_cents,
        0 as applied_days_cents,
        0 as fallen_due_cents,
        0 as collected_cents
    from entries
    union all
    select
        account_id,
        currency,
        effective_on as happened_on,
        0 as movement_cents,
        0 as credit_sales_cents,
        applied_cents,
        applied_days_cents,
        0 as fallen_due_cents,
        0 as collected_cents
    from paid
    union all
    select
        account_id,
        currency,
        due_on as happened_on,
        0 as movement_cents,
        0 as credit_sales_cents,
        0 as applied_cents,
        0 as applied_days_cents,
        charged_cents as fallen_due_cents,
        collected_cents
    from fallen_due
),

classified_movements as (
    select
        movements.currency,
        {{ account_dimensions() }},
        movements.happened_on,
        sum(movements.movement_cents) as movement_cents,
        sum(movements.credit_sales_cents) as credit_sales_cents,
        sum(movements.applied_cents) as applied_cents,
        sum(movements.applied_days_cents) as applied_days_cents,
        sum(movements.fallen_due_cents) as fallen_due_cents,
        sum(movements.collected_cents) as collected_cents
    from movements
    left join accounts on movements.account_id = accounts.account_id
    group by 1, 2, 3, 4, 5
),

moved as (
    select
        periods.period_kind,
        classified_movements.currency,
        classified_movements.product,
        classified_movements.segment,
        classified_movements.region,
        0 as open_cents,
        0 as open_current_cents,
        0 as open_past_due_cents,
        0 as open_past_due_days_cents,
        classified_movements.movement_cents,
        classified_movements.credit_sales_cents,
        classified_movements.applied_cents,
        classified_movements.applied_days_cents,
        classified_movements.fallen_due_cents,
        classified_movements.collected_cents
    from classified_movements
    inner join periods on classified_movements.happened_on between periods.starts_on and periods.ends_on
),

classified_open_invoices as (
    select
        currency,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        sum(open_cents) as open_cents,
        coalesce(sum(open_cents) filter (where days_past_due = 0), 0) as open_current_cents,
        coalesce(sum(open_cents) filter (where days_past_due > 0), 0) as open_past_due_cents,
        sum(open_cents * days_past_due) as open_past_due_days_cents
    from open_invoices
    group by 1, 2, 3, 4
),

standing as (
    select
        periods.period_kind,
        classified_open_invoices.currency,
        classified_open_invoices.product,
        classified_open_invoices.segment,
        classified_open_invoices.region,
        classified_open_invoices.open_cents,
        classified_open_invoices.open_current_cents,
        classified_open_invoices.open_past_due_cents,
        classified_open_invoices.open_past_due_days_cents,
        0 as movement_cents,
        0 as credit_sales_cents,
        0 as applied_cents,
        0 as applied_days_cents,
        0 as fallen_due_cents,
        0 as collected_cents
    from classified_open_invoices
    cross join periods
),

facts as (
    select * from moved
    union all
    select * from standing
),

summed as (
    {{ by_grain(
        'facts',
        [
            'open_cents', 'open_current_cents', 'open_past_due_cents', 'open_past_due_days_cents', 'movement_cents',
            'credit_sales_cents', 'applied_cents', 'applied_days_cents', 'fallen_due_cents', 'collected_cents'
        ],
        keys=['period_kind']
    ) }}
),

measured as (
    select
        periods.period_kind,
        periods.starts_on,
        periods.ends_on,
        periods.days_in_period,
        periods.months_in_period,
        periods.is_complete,
        summed.currency,
        summed.grain,
        summed.grain_value,
        (summed.open_cents - summed.movement_cents)::bigint as ar_begin_cents,
        summed.credit_sales_cents::bigint as credit_sales_cents,
        summed.open_cents::bigint as ar_end_cents,
        summed.open_current_cents::bigint as ar_end_current_cents,
        summed.open_past_due_cents::bigint as ar_end_past_due_cents,
        summed.open_past_due_days_cents::bigint as past_due_days_cents,
        summed.applied_cents::bigint as applied_cents,
        summed.applied_days_cents::bigint as applied_days_cents,
        summed.fallen_due_cents::bigint as fallen_due_cents,
        summed.collected_cents::bigint as collected_cents
    from summed
    inner join periods on summed.period_kind = periods.period_kind
)

select * from measured
