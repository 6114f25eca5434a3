{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

items as (
    select * from {{ ref('int_receivables__rolls') }}
),

states (state, state_order) as (
    values
    {{- numbered(receivable_states()) }}
),

totals as (
    select
        period,
        from_date,
        is_complete,
        currency,
        sum(charged_cents) as charged_cents
    from items
    group by period, from_date, is_complete, currency
),

parts as (
    -- a charge that is more than paid leaves an overpayment, whose sign is its own
    select
        period,
        currency,
        case when charged_open_cents < 0 then 'credit balance' else to_state end as to_state,
        charged_open_cents as rolled_cents
    from items
    where charged_open_cents <> 0
    union all
    select
        items.period,
        items.currency,
        settled.to_state,
        {{ settled_cents('charged_') }} as rolled_cents
    from items
    cross join (values ('paid'), ('credited'), ('written_off')) as settled (to_state)
),

rolled as (
    select
        period,
        currency,
        to_state,
        sum(rolled_cents) as rolled_cents
    from parts
    group by period, currency, to_state
),

converted as (
    select
        {{ as_of_date() }} as as_of_date,
        totals.period,
        totals.from_date,
        totals.currency,
        states.state as to_state,
        states.state_order::integer as to_order,
        {{ amount('coalesce(rolled.rolled_cents, 0)', 'totals.currency') }} as rolled_amount,
        {{ amount('totals.charged_cents', 'totals.currency') }} as charged_amount,
        totals.is_complete
    from totals
    cross join states
    left join rolled
        on
            totals.period = rolled.period
            and totals.currency = rolled.currency
            and states.state = rolled.to_state
)

select * from converted
