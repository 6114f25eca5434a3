{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

aging as (
    select * from {{ ref('ar_aging_summary') }}
    where as_of_date = {{ as_of_date() }}
),

rates as (
    select * from {{ ref('stg_ledger__fx_rates') }} as held
    where held.rate_on <= {{ as_of_date() }} and held.rate > 0 and {{ as_known('held') }}
),

directed as (
    select
        from_currency as currency,
        rate_on,
        rate,
        1 as preference
    from rates
    where to_currency = '{{ var("reporting_currency") }}'
    union all
    -- a source that states only the other direction is read backward
    select
        to_currency as currency,
        rate_on,
        1 / rate as rate,
        2 as preference
    from rates
    where from_currency = '{{ var("reporting_currency") }}'
),

ranked as (
    select
        currency,
        rate_on,
        rate,
        row_number() over (partition by currency order by rate_on desc, preference) as place
    from directed
    where currency <> '{{ var("reporting_currency") }}'
),

newest as (
    select
        currency,
        rate_on,
        rate
    from ranked
    where place = 1
    union all
    select
        '{{ var("reporting_currency") }}' as currency,
        {{ as_of_date() }} as rate_on,
        1 as rate
),

converted as (
    -- left join: money without a rate stays visible, unconverted
    select
        aging.as_of_date,
        aging.currency,
        aging.aging_bucket,
        aging.bucket_order,
        aging.open_amount,
        '{{ var("reporting_currency") }}' as reporting_currency,
        newest.rate_on,
        cast(newest.rate as numeric(28, 12)) as rate,
        cast(aging.open_amount * newest.rate as numeric(20, 4)) as reporting_amount
    from aging
    left join newest on aging.currency = newest.currency
)

select * from converted
