with

today as (
    select
        {{ as_of_date() }} as ends_on,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as month_starts_on
),

first_bills as (
    select min(issued_on) as issued_on from {{ ref('stg_ledger__invoices') }}
),

numbers (months_back) as (
    -- the month before too: some of its facts, costs above all, are learned only after it has ended
    values (0), (1)
    {%- for month in range(2, months_to_fill('kpi_revenue') + 1) %}, ({{ month }}){% endfor %}
),

months as (
    select
        cast(today.month_starts_on - make_interval(months => numbers.months_back) as date) as starts_on,
        today.ends_on as as_of_date
    from today
    cross join numbers
    cross join first_bills
    where
        numbers.months_back = 0
        -- before it, what there is has not been delivered whole
        or today.month_starts_on - make_interval(months => numbers.months_back)
        > date_trunc('month', first_bills.issued_on)
),

periods as (
    select
        'day' as period,
        ends_on as kpi_date,
        ends_on - 1 as opening_on,
        ends_on,
        -- the revenue of a day says when bills go out; that of 30 days says whether it grows
        ends_on - 29 as revenue_starts_on,
        ends_on - 59 as previous_starts_on,
        true as is_complete
    from today
    union all
    -- customers are won and lost too seldom to weigh them by the day: the quarter that ends on it
    select
        'quarter' as period,
        ends_on as kpi_date,
        ends_on - 90 as opening_on,
        ends_on,
        ends_on - 89 as revenue_starts_on,
        ends_on - 179 as previous_starts_on,
        true as is_complete
    from today
    union all
    select
        'month' as period,
        starts_on as kpi_date,
        starts_on - 1 as opening_on,
        least(cast(starts_on + interval '1 month' as date) - 1, as_of_date) as ends_on,
        starts_on as revenue_starts_on,
        cast(starts_on - interval '1 month' as date) as previous_starts_on,
        starts_on + interval '1 month' <= as_of_date + 1 as is_complete
    from months
)

select * from periods
