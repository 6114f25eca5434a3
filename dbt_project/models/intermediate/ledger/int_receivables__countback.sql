{{ config(materialized='table') }}

with

accounts as (
    select
        account_id,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region
    from {{ ref('stg_ledger__accounts') }} as held
    where {{ as_known('held') }}
),

receivables as (
    select * from {{ ref('int_receivables__periods') }}
    where period_kind = 'month'
),

numbers (months_back) as (
    values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)
),

months as (
    -- twelve months back is as far as the walk goes; receivables older than that have no meaningful countback
    select
        months_back,
        cast(date_trunc('month', {{ as_of_date() }}) - make_interval(months => months_back) as date) as starts_on
    from numbers
),

month_days as (
    select
        months_back,
        starts_on,
        least(cast(starts_on + interval '1 month' as date) - 1, {{ as_of_date() }}) as ends_on
    from months
),

sales as (
    select
        entries.currency,
        {{ account_dimensions() }},
        month_days.months_back,
        sum(entries.amount_cents) as credit_sales_cents
    from {{ ref('int_ledger__invoice_entries') }} as entries
    inner join month_days on entries.effective_on between month_days.starts_on and month_days.ends_on
    left join accounts on entries.account_id = accounts.account_id
    where
        entries.ledger_account = 'accounts_receivable'
        and entries.effective_on >= date_trunc('month', {{ as_of_date() }}) - interval '11 months'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by 1, 2, 3, 4, 5
),

sales_by_grain as (
    {{ by_grain('sales', ['credit_sales_cents'], keys=['months_back']) }}
),

walked as (
    select
        receivables.currency,
        receivables.grain,
        receivables.grain_value,
        receivables.ar_end_cents,
        month_days.months_back,
        month_days.ends_on - month_days.starts_on + 1 as days_in_month,
        coalesce(sales_by_grain.credit_sales_cents, 0) as credit_sales_cents,
        receivables.ar_end_cents - coalesce(
            sum(sales_by_grain.credit_sales_cents) over (
                partition by receivables.currency, receivables.grain, receivables.grain_value
                order by month_days.months_back
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as unconsumed_cents
    from receivables
    cross join month_days
    left join sales_by_grain
        on
            receivables.currency = sales_by_grain.currency
            and receivables.grain = sales_by_grain.grain
            and receivables.grain_value = sales_by_grain.grain_value
            and month_days.months_back = sales_by_grain.months_back
),

consumed as (
    -- a month without sales is walked through whole
    select
        currency,
        grain,
        grain_value,
        ar_end_cents,
        credit_sales_cents,
        unconsumed_cents,
        case
            when unconsumed_cents <= 0 then 0
            when credit_sales_cents <= 0 then days_in_month
            else least(unconsumed_cents::numeric * days_in_month / credit_sales_cents, days_in_month)
        end as days_counted
    from walked
),

counted as (
    select
        currency,
        grain,
        grain_value,
        max(ar_end_cents)::bigint as ar_end_cents,
        coalesce(sum(credit_sales_cents) filter (where unconsumed_cents > 0), 0)::bigint as walked_sales_cents,
        cast(sum(days_counted) as numeric(20, 6)) as days_counted,
        max(ar_end_cents) > sum(credit_sales_cents) as is_exhausted
    from consumed
    group by currency, grain, grain_value
)

select * from counted
