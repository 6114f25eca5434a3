{{ config(tags=['marts']) }}

-- To the cent, per currency, for the run's date: every grain of the aging is the closing balance, customers hold what
-- accounts hold, and the newest cohort collected what the collection rate of its month says.
with

control_totals as (
    select * from {{ ref('ar_control_total') }}
    where as_of_date = {{ as_of_date() }}
),

grains as (
    select
        'the grain ' || grain as what,
        currency,
        sum(open_amount) as found_amount
    from {{ ref('ar_aging_by_dimension') }}
    where as_of_date = {{ as_of_date() }}
    group by grain, currency
),

customers as (
    select
        currency,
        sum(balance_amount) as balance_amount,
        sum(unapplied_cash_amount) as unapplied_cash_amount,
        sum(unapplied_credit_amount) as unapplied_credit_amount
    from {{ ref('ar_aging_by_customer') }}
    where as_of_date = {{ as_of_date() }}
    group by currency
),

cohorts as (
    select
        currency,
        sum(due_cents) as due_cents,
        sum(collected_cents) as collected_cents
    from {{ ref('int_receivables__cohorts') }}
    where cohort_month = date_trunc('month', {{ as_of_date() }})
    group by currency
),

expected as (
    select
        grains.what,
        grains.currency,
        grains.found_amount,
        coalesce(control_totals.closing_amount, 0) as expected_amount
    from grains
    left join control_totals on grains.currency = control_totals.currency
    union all
    -- a grain may be missing only where nothing is open
    select
        'grains there are' as what,
        control_totals.currency,
        count(grains.what) as found_amount,
        4 as expected_amount
    from control_totals
    left join grains on control_totals.currency = grains.currency
    where control_totals.closing_amount <> 0
    group by control_totals.currency
    union all
    select
        'customers' as what,
        control_totals.currency,
        coalesce(customers.balance_amount, 0) as found_amount,
        control_totals.closing_amount as expected_amount
    from control_totals
    left join customers on control_totals.currency = customers.currency
    union all
    select
        'unapplied money of customers' as what,
        control_totals.currency,
        coalesce(customers.unapplied_cash_amount + customers.unapplied_credit_amount, 0) as found_amount,
        control_totals.unapplied_cash_amount + control_totals.unapplied_credit_amount as expected_amount
    from control_totals
    left join customers on control_totals.currency = customers.currency
    union all
    select
        'cents collected of the newest cohort' as what,
        months.currency,
        coalesce(cohorts.collected_cents, 0) as found_amount,
        months.collected_cents as expected_amount
    from {{ ref('int_receivables__periods') }} as months
    left join cohorts on months.currency = cohorts.currency
    where months.period_kind = 'month' and months.grain = 'total'
    union all
    select
        'cents due of the newest cohort' as what,
        months.currency,
        coalesce(cohorts.due_cents, 0) as found_amount,
        months.fallen_due_cents as expected_amount
    from {{ ref('int_receivables__periods') }} as months
    left join cohorts on months.currency = cohorts.currency
    where months.period_kind = 'month' and months.grain = 'total'
),

different as (
    select * from expected
    where found_amount <> expected_amount
)

select * from different
