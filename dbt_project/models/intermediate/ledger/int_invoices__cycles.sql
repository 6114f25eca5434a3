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

sent as (
    -- the longest period is about three months: the cost is that of these days, not of the history
    select
        invoice_id,
        account_id,
        issued_on,
        {{ local_date('sent_at') }} as sent_on
    from {{ ref('stg_ledger__invoices') }} as held
    where
        {{ as_known('held') }}
        and held.issued_on between {{ as_of_date() }} - 92 and {{ as_of_date() }}
        and held.status not in ('draft', 'void')
        and {{ local_date('held.sent_at') }} <= {{ as_of_date() }}
),

served as (
    select
        sent.invoice_id,
        sent.account_id,
        sent.issued_on,
        sent.sent_on - max(lines.service_to) as cycle_days
    from sent
    inner join {{ ref('stg_ledger__invoice_lines') }} as lines on sent.invoice_id = lines.invoice_id
    where {{ as_known('lines') }} and lines.service_to is not null
    group by sent.invoice_id, sent.account_id, sent.issued_on, sent.sent_on
),

in_periods as (
    select
        periods.period_kind,
        periods.is_complete,
        cast(null as text) as currency,
        {{ account_dimensions() }},
        served.cycle_days,
        1 as invoice_count
    from served
    inner join periods on served.issued_on between periods.starts_on and periods.ends_on
    left join accounts on served.account_id = accounts.account_id
),

summed as (
    {{ by_grain('in_periods', ['cycle_days', 'invoice_count'], keys=['period_kind', 'is_complete']) }}
),

cycles as (
    select
        period_kind,
        is_complete,
        grain,
        grain_value,
        cycle_days,
        invoice_count
    from summed
)

select * from cycles
