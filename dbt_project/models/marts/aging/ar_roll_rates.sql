{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

items as (
    select * from {{ ref('int_receivables__rolls') }}
    where from_state is not null
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
        from_state,
        sum(opening_cents) as from_cents
    from items
    group by period, from_date, is_complete, currency, from_state
),

parts as (
    -- what is still open of an overpayment is still an overpayment
    select
        period,
        currency,
        from_state,
        to_state,
        still_open_cents as rolled_cents
    from items
    where still_open_cents <> 0
    union all
    select
        items.period,
        items.currency,
        items.from_state,
        settled.to_state,
        {{ settled_cents() }} as rolled_cents
    from items
    cross join (values ('paid'), ('credited'), ('written_off')) as settled (to_state)
),

rolled as (
    select
        period,
        currency,
        from_state,
        to_state,
        sum(rolled_cents) as rolled_cents
    from parts
    group by period, currency, from_state, to_state
),

cells as (
    -- a cell without money is a row with zero; only an overpayment can stay one
    select
        totals.period,
        totals.from_date,
        totals.is_complete,
        totals.currency,
        totals.from_state,
        from_states.state_order as from_order,
        to_states.state as to_state,
        to_states.state_order as to_order,
        totals.from_cents,
        coalesce(rolled.rolled_cents, 0) as rolled_cents
    from totals
    inner join states as from_states on totals.from_state = from_states.state
    cross join states as to_states
    left join rolled
        on
            totals.period = rolled.period
            and totals.currency = rolled.currency
            and totals.from_state = rolled.from_state
            and to_states.state = rolled.to_state
    where (totals.from_state = 'credit balance') = (to_states.state = 'credit balance') or to_states.state in (
        'paid', 'credited', 'written_off'
    )
),

converted as (
    select
        {{ as_of_date() }} as as_of_date,
        period,
        from_date,
        currency,
        from_state as from_bucket,
        from_order::integer as from_order,
        to_state,
        to_order::integer as to_order,
        {{ amount('rolled_cents', 'currency') }} as rolled_amount,
        {{ amount('from_cents', 'currency') }} as from_amount,
        cast(rolled_cents::numeric / nullif(from_cents, 0) as numeric(20, 8)) as roll_rate,
        is_complete
    from cells
)

select * from converted
