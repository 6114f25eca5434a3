{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

open_invoices as (
    select * from {{ ref('int_invoices__open') }}
),

buckets (aging_bucket, bucket_order) as (
    values
    {{- numbered(aging_buckets()) }}
),

by_account as (
    -- an account has one product, segment and region: counted once a bucket here, it adds up in every grain
    select
        currency,
        coalesce(product, 'unknown') as product,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        account_id,
        aging_bucket,
        count(*) as invoice_count,
        1 as account_count,
        sum(open_cents) as open_cents
    from open_invoices
    group by 1, 2, 3, 4, 5, 6
),

summed as (
    {{ by_grain('by_account', ['invoice_count', 'account_count', 'open_cents'], keys=['aging_bucket']) }}
),

grains as (
    select currency, grain, grain_value
    from summed
    group by currency, grain, grain_value
),

completed as (
    -- an empty bucket is a row with zero, so that a chart of any two days has the same axis
    select
        {{ as_of_date() }} as as_of_date,
        grains.currency,
        grains.grain,
        grains.grain_value,
        buckets.aging_bucket,
        buckets.bucket_order,
        coalesce(summed.invoice_count, 0)::integer as invoice_count,
        coalesce(summed.account_count, 0)::integer as account_count,
        {{ amount('coalesce(summed.open_cents, 0)', 'grains.currency') }} as open_amount
    from grains
    cross join buckets
    left join summed
        on
            grains.currency = summed.currency
            and grains.grain = summed.grain
            and grains.grain_value = summed.grain_value
            and buckets.aging_bucket = summed.aging_bucket
)

select * from completed
