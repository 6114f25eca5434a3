{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

beats as (
    select
        *,
        min(service_from) over (partition by account_id) as first_from,
        max(service_to) over (partition by account_id) as last_to
    from {{ ref('int_leakage__billed_periods') }}
    where is_timely
),

usage as (
    select * from {{ ref('stg_ledger__usage') }}
),

timely_lines as (
    select * from {{ ref('int_leakage__lines') }}
    where is_timely and has_period
),

ledger_start as (
    select min(invoices.issued_on) as first_issued_on
    from {{ ref('stg_ledger__invoices') }} as invoices
),

whole_beats as (
    -- an opening and a hole cut off the period after them, a closing and what came before a hole the period before
    select beats.*
    from beats
    inner join accounts on beats.account_id = accounts.account_id
    where
        (
            (beats.service_from = beats.first_from and beats.service_from > accounts.opened_on)
            or exists (
                select 1 from beats as previous
                where previous.account_id = beats.account_id and previous.service_to = beats.service_from - 1
            )
        )
        and (
            (beats.service_to = beats.last_to and accounts.closed_on is null)
            or exists (
                select 1 from beats as following
                where following.account_id = beats.account_id and following.service_from = beats.service_to + 1
            )
        )
),

whole_rhythms as (
    select
        account_id,
        percentile_disc(0.5) within group (order by service_to - service_from + 1) as period_days,
        percentile_disc(0.5) within group (order by issued_on - service_to) as lag_days
    from whole_beats
    group by account_id
),

cut_rhythms as (
    -- without a whole period: a month, and no less than the longest part of a period
    select
        account_id,
        max(currency) as currency,
        greatest(max(service_to - service_from + 1), 30) as period_days,
        percentile_disc(0.5) within group (order by issued_on - service_to) as lag_days
    from beats
    group by account_id
),

rhythms as (
    -- how long this account's periods usually are, and how soon after one its bill usually comes
    select
        cut_rhythms.account_id,
        cut_rhythms.currency,
        greatest(coalesce(whole_rhythms.period_days, cut_rhythms.period_days), 1) as period_days,
        greatest(coalesce(whole_rhythms.lag_days, cut_rhythms.lag_days), 0) as lag_days
    from cut_rhythms
    left join whole_rhythms on cut_rhythms.account_id = whole_rhythms.account_id
),

ordered as (
    select
        account_id,
        service_from,
        service_to,
        max(service_to) over (
            partition by account_id order by service_from, service_to
            rows between unbounded preceding and 1 preceding
        ) as billed_to
    from timely_lines
),

between_bills as (
    select
        account_id,
        billed_to + 1 as hole_from,
        service_from - 1 as hole_to,
        false as is_trailing
    from ordered
    where billed_to is not null and service_from > billed_to + 1
),

first_usage as (
    select
        usage.account_id,
        min(usage.service_from) as service_from
    from usage
    inner join accounts on usage.account_id = accounts.account_id
    where {{ as_known('usage') }} and usage.quantity > 0
    group by usage.account_id
),

beginnings as (
    -- the opening, where the ledger reaches back to it; else the first thing that was delivered
    select
        accounts.account_id,
        case
            when accounts.opened_on >= ledger_start.first_issued_on then accounts.opened_on
            else first_usage.service_from
        end as begins_on
    from accounts
    cross join ledger_start
    left join first_usage on accounts.account_id = first_usage.account_id
),

before_bills as (
    select
        beginnings.account_id,
        beginnings.begins_on as hole_from,
        min(timely_lines.service_from) - 1 as hole_to,
        false as is_trailing
    from beginnings
    inner join timely_lines on beginnings.account_id = timely_lines.account_id
    group by beginnings.account_id, beginnings.begins_on
    having min(timely_lines.service_from) > beginnings.begins_on
),

after_bills as (
    select
        accounts.account_id,
        max(timely_lines.service_to) + 1 as hole_from,
        accounts.closed_on as hole_to,
        true as is_trailing
    from accounts
    inner join timely_lines on accounts.account_id = timely_lines.account_id
    group by accounts.account_id, accounts.closed_on
),

never_billed as (
    select
        accounts.account_id,
        beginnings.begins_on as hole_from,
        accounts.closed_on as hole_to,
        true as is_trailing
    from accounts
    inner join beginnings on accounts.account_id = beginnings.account_id
    where
        beginnings.begins_on is not null
        and not exists (
            select 1 from timely_lines
            where timely_lines.account_id = accounts.account_id
        )
),

holes as (
    select * from between_bills
    union all
    select * from before_bills
    union all
    select * from after_bills
    union all
    select * from never_billed
),

measured as (
    select
        holes.account_id,
        coalesce(rhythms.currency, accounts.currency) as currency,
        holes.hole_from,
        holes.hole_to,
        holes.is_trailing,
        coalesce(rhythms.period_days, 30) as period_days,
        coalesce(rhythms.lag_days, 0) as lag_days,
        -- a monthly calendar keeps its day of the month
        coalesce(rhythms.period_days, 30) between 28 and 31 as is_monthly
    from holes
    inner join accounts on holes.account_id = accounts.account_id
    left join rhythms on holes.account_id = rhythms.account_id
    where
        holes.hole_to is null
        or holes.hole_to - holes.hole_from + 1 >= coalesce(rhythms.period_days, 30) / 2
),

steps (step) as (
    {% for step in range(24) -%}
    select {{ step }} as step{{ ' union all' if not loop.last }}
    {% endfor %}
),

stepped as (
    select
        measured.account_id,
        measured.currency,
        measured.hole_from,
        measured.hole_to,
        measured.is_trailing,
        measured.lag_days,
        steps.step,
        case
            when measured.is_monthly then cast(measured.hole_from + make_interval(months => steps.step) as date)
            else measured.hole_from + steps.step * measured.period_days
        end as service_from,
        case
            when measured.is_monthly then cast(measured.hole_from + make_interval(months => steps.step + 1) as date)
            else measured.hole_from + (steps.step + 1) * measured.period_days
        end - 1 as service_to,
        measured.period_days
    from measured
    cross join steps
),

missing as (
    select
        account_id,
        currency,
        hole_from,
        is_trailing,
        step,
        service_from,
        least(service_to, coalesce(hole_to, service_to)) as service_to,
        -- the bill was due with its period's usual delay, and a bill run may be some days late
        service_to + greatest(lag_days, 1) + {{ var('leakage_billing_grace_days') }} as missed_on,
        lag(service_to + greatest(lag_days, 1) + {{ var('leakage_billing_grace_days') }}) over (
            partition by account_id, hole_from order by step
        ) as previous_missed_on
    from stepped
    where
        -- the rest of a cut-off period is no period
        (hole_to is null or hole_to - service_from + 1 >= period_days / 2)
),

looked_at as (
    -- of an open end: what has been missed, and the next that would be
    select
        account_id,
        currency,
        hole_from,
        is_trailing,
        service_from,
        service_to,
        missed_on
    from missing
    where step = 0 or not is_trailing or previous_missed_on <= {{ as_of_date() }}
)

select * from looked_at
