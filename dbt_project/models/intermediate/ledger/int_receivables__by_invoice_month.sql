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

open_invoices as (
    -- an item that a charge opened without an invoice was never a sale
    select
        currency,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        cast(date_trunc('month', issued_on) as date) as invoice_month,
        open_cents * ({{ as_of_date() }} - issued_on) as open_days_cents
    from {{ ref('int_invoices__open') }}
    where invoice_id not like 'adj:%' and issued_on is not null
),

months as (
    select invoice_month from open_invoices
    group by invoice_month
),

facts as (
    select
        currency,
        product,
        segment,
        region,
        invoice_month,
        open_days_cents,
        0 as credit_sales_cents
    from open_invoices
    union all
    select
        entries.currency,
        {{ account_dimensions() }},
        months.invoice_month,
        0 as open_days_cents,
        entries.amount_cents as credit_sales_cents
    from months
    inner join {{ ref('int_ledger__invoice_entries') }} as entries
        on
            months.invoice_month <= entries.effective_on
            and entries.effective_on < months.invoice_month + interval '1 month'
    left join accounts on entries.account_id = accounts.account_id
    where
        entries.ledger_account = 'accounts_receivable'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
),

open_grains as (
    {{ by_grain('open_invoices', ['open_days_cents'], keys=['invoice_month']) }}
),

summed as (
    {{ by_grain('facts', ['open_days_cents', 'credit_sales_cents'], keys=['invoice_month']) }}
),

with_open_items as (
    -- a month in which the grain has nothing open adds no days, so its sales are no part of the figure
    select
        summed.invoice_month,
        summed.currency,
        summed.grain,
        summed.grain_value,
        summed.open_days_cents,
        summed.credit_sales_cents
    from summed
    inner join open_grains
        on
            summed.invoice_month = open_grains.invoice_month
            and summed.currency = open_grains.currency
            and summed.grain = open_grains.grain
            and summed.grain_value = open_grains.grain_value
)

select * from with_open_items
