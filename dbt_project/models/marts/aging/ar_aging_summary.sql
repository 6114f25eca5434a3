{{
    config(
        indexes=[{'columns': ['as_of_date']}],
        post_hook="{{ create_ar_aging_as_of(this) }}"
    )
}}

with

open_invoices as (
    select * from {{ ref('int_invoices__open') }}
),

buckets (aging_bucket, bucket_order) as (
    values
    {%- for bucket in aging_buckets() %}
    ('{{ bucket }}', {{ loop.index }}){{ ',' if not loop.last }}
    {%- endfor %}
),

currencies as (
    select currency from open_invoices group by currency
),

summed as (
    select
        currency,
        aging_bucket,
        count(*) as invoice_count,
        count(distinct account_id) as account_count,
        sum(open_cents) as open_cents
    from open_invoices
    group by currency, aging_bucket
),

completed as (
    -- an empty bucket is a row with zero, so that a chart of any two days has the same axis
    select
        {{ as_of_date() }} as as_of_date,
        currencies.currency,
        buckets.aging_bucket,
        buckets.bucket_order,
        coalesce(summed.invoice_count, 0)::integer as invoice_count,
        coalesce(summed.account_count, 0)::integer as account_count,
        {{ amount('coalesce(summed.open_cents, 0)', 'currencies.currency') }} as open_amount
    from currencies
    cross join buckets
    left join summed
        on
            currencies.currency = summed.currency
            and buckets.aging_bucket = summed.aging_bucket
)

select * from completed
