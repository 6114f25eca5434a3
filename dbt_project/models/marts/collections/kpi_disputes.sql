{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

periods as (
    select * from {{ ref('int_kpi__periods') }}
),

accounts as (
    select * from {{ ref('int_accounts__known') }}
),

payments as (
    select * from {{ ref('int_payments__attempted') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

invoices as (
    select * from {{ ref('stg_ledger__invoices') }}
),

happened as (
    -- of this month and day alone: opened or closed in them
    select
        dispute_id,
        payment_id,
        invoice_id,
        kind,
        amount_cents,
        {{ local_date('opened_at') }} as opened_on,
        {{ local_date('closed_at') }} as closed_on,
        -- a customer's claim that was turned down is one that the company has won
        outcome in ('won', 'rejected') as is_won
    from disputes
    where
        {{ as_known('disputes') }}
        and (
            opened_at >= {{ end_of_day("date_trunc('month', " ~ as_of_date() ~ ")::date - 1") }}
            or closed_at >= {{ end_of_day("date_trunc('month', " ~ as_of_date() ~ ")::date - 1") }}
        )
),

described as (
    select
        happened.*,
        coalesce(payments.currency, invoices.currency) as currency,
        payments.method,
        {{ account_dimensions() }}
    from happened
    left join payments on happened.payment_id = payments.payment_id and {{ as_known('payments') }}
    left join invoices on happened.invoice_id = invoices.invoice_id and {{ as_known('invoices') }}
    left join accounts on coalesce(payments.account_id, invoices.account_id) = accounts.account_id
),

closed as (
    select
        periods.period,
        described.kind as dispute_kind,
        described.is_won,
        described.closed_on - described.opened_on as days_open,
        described.product,
        described.segment,
        described.region
    from described
    inner join periods on described.closed_on between periods.starts_on and periods.ends_on
),

closed_counts as (
    select
        closed.period,
        grains.grain,
        grains.grain_value,
        count(*) as closed_count,
        count(*) filter (where closed.is_won) as won_count,
        sum(closed.days_open) as days_open
    from closed
    cross join {{ grains_of('closed', also=['dispute_kind']) }} as grains (grain, grain_value)
    group by closed.period, grains.grain, grains.grain_value
),

charges as (
    select
        periods.period,
        payments.currency,
        coalesce(payments.method, 'unknown') as method,
        {{ account_dimensions() }},
        1 as charge_count,
        payments.amount_cents as charge_cents,
        0 as chargeback_count,
        0 as chargeback_cents
    from payments
    inner join periods on payments.settled_on between periods.starts_on and periods.ends_on
    left join accounts on payments.account_id = accounts.account_id
    where {{ as_known('payments') }}
    union all
    select
        periods.period,
        described.currency,
        coalesce(described.method, 'unknown') as method,
        described.product,
        described.segment,
        described.region,
        0 as charge_count,
        0 as charge_cents,
        1 as chargeback_count,
        described.amount_cents as chargeback_cents
    from described
    inner join periods on described.opened_on between periods.starts_on and periods.ends_on
    where described.kind = 'chargeback' and described.currency is not null
),

charge_counts as (
    select
        charges.period,
        charges.currency,
        grains.grain,
        grains.grain_value,
        sum(charges.charge_count) as charge_count,
        sum(charges.charge_cents) as charge_cents,
        sum(charges.chargeback_count) as chargeback_count,
        sum(charges.chargeback_cents) as chargeback_cents
    from charges
    cross join {{ grains_of('charges', also=['method']) }} as grains (grain, grain_value)
    group by charges.period, charges.currency, grains.grain, grains.grain_value
),

chargebacks_by_count as (
    select
        period,
        grain,
        grain_value,
        sum(chargeback_count) as chargeback_count,
        sum(charge_count) as charge_count
    from charge_counts
    group by period, grain, grain_value
),

ratios as (
    select
        period,
        'dispute_days' as metric,
        cast(null as text) as currency,
        grain,
        grain_value,
        days_open as numerator,
        closed_count as denominator
    from closed_counts
    union all
    select
        period,
        'dispute_win_rate' as metric,
        cast(null as text) as currency,
        grain,
        grain_value,
        won_count as numerator,
        closed_count as denominator
    from closed_counts
    union all
    select
        period,
        'chargeback_rate_by_count' as metric,
        cast(null as text) as currency,
        grain,
        grain_value,
        chargeback_count as numerator,
        charge_count as denominator
    from chargebacks_by_count
    union all
    select
        period,
        'chargeback_rate_by_amount' as metric,
        currency,
        grain,
        grain_value,
        {{ amount('chargeback_cents', 'currency') }} as numerator,
        {{ amount('charge_cents', 'currency') }} as denominator
    from charge_counts
),

nothing_happened as (
    {{ without_occasion('ratios', ['dispute_days', 'dispute_win_rate', 'chargeback_rate_by_count']) }}
),

completed as (
    select * from ratios
    union all
    -- a day without a dispute still has its row in total
    select
        period,
        metric,
        cast(null as text) as currency,
        'total' as grain,
        'all' as grain_value,
        0 as numerator,
        0 as denominator
    from nothing_happened
),

dated as (
    select
        periods.kpi_date,
        completed.*,
        1 as multiplier,
        periods.is_complete
    from completed
    inner join periods on completed.period = periods.period
),

metrics as (
    {{ kpi_long_form('dated') }}
)

select * from metrics
