{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

lines as (
    select * from {{ ref('int_leakage__lines') }}
    where has_period and amount_cents >= 0
),

periods as (
    select
        account_id,
        currency,
        service_from,
        service_to,
        min(issued_on) as issued_on,
        min(billed_on) as billed_on,
        bool_or(is_timely) as is_timely
    from lines
    group by account_id, currency, service_from, service_to
),

containing as (
    -- one line over several periods (a year's fee, a bill that catches up) is not a beat of the calendar
    select
        outer_periods.account_id,
        outer_periods.service_from,
        outer_periods.service_to
    from periods as outer_periods
    inner join periods as inner_periods
        on
            outer_periods.account_id = inner_periods.account_id
            and outer_periods.service_from <= inner_periods.service_from
            and outer_periods.service_to >= inner_periods.service_to
            and outer_periods.service_to - outer_periods.service_from
            > inner_periods.service_to - inner_periods.service_from
    group by outer_periods.account_id, outer_periods.service_from, outer_periods.service_to
    having count(*) > 1
),

beats as (
    select
        periods.account_id,
        periods.currency,
        periods.service_from,
        periods.service_to,
        periods.issued_on,
        periods.billed_on,
        periods.is_timely
    from periods
    left join containing
        on
            periods.account_id = containing.account_id
            and periods.service_from = containing.service_from
            and periods.service_to = containing.service_to
    where containing.account_id is null
)

select * from beats
