{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

items as (
    select * from {{ ref('int_receivables__rolls') }}
),

buckets (bucket, bucket_order) as (
    values
    {{- numbered(buckets_and(['no balance'])) }}
),

oldest as (
    -- as in the aging by account: what is overpaid cannot be old
    select
        period,
        from_date,
        is_complete,
        account_id,
        currency,
        min(due_on) filter (where opening_cents > 0) as from_due_on,
        min(due_on) filter (where closing_cents > 0) as to_due_on
    from items
    group by period, from_date, is_complete, account_id, currency
),

worst as (
    select
        period,
        from_date,
        is_complete,
        account_id,
        currency,
        {{ aging_bucket('from_date - from_due_on') }} as from_bucket,
        case
            when to_due_on is null then 'no balance'
            else {{ aging_bucket(as_of_date() ~ ' - to_due_on') }}
        end as to_bucket
    from oldest
    where from_due_on is not null
),

totals as (
    select
        period,
        from_date,
        is_complete,
        currency,
        from_bucket,
        count(*) as from_account_count
    from worst
    group by period, from_date, is_complete, currency, from_bucket
),

rolled as (
    select
        period,
        currency,
        from_bucket,
        to_bucket,
        count(*) as account_count
    from worst
    group by period, currency, from_bucket, to_bucket
),

cells as (
    select
        {{ as_of_date() }} as as_of_date,
        totals.period,
        totals.from_date,
        totals.currency,
        totals.from_bucket,
        from_buckets.bucket_order as from_order,
        to_buckets.bucket as to_bucket,
        to_buckets.bucket_order as to_order,
        coalesce(rolled.account_count, 0)::integer as account_count,
        totals.from_account_count::integer as from_account_count,
        cast(coalesce(rolled.account_count, 0)::numeric / totals.from_account_count as numeric(20, 8)) as roll_rate,
        totals.is_complete
    from totals
    inner join buckets as from_buckets on totals.from_bucket = from_buckets.bucket
    cross join buckets as to_buckets
    left join rolled
        on
            totals.period = rolled.period
            and totals.currency = rolled.currency
            and totals.from_bucket = rolled.from_bucket
            and to_buckets.bucket = rolled.to_bucket
)

select * from cells
