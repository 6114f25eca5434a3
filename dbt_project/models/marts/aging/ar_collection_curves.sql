{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

cohorts as (
    select * from {{ ref('int_receivables__cohorts') }}
),

ages (days_since_due) as (
    values
    {%- for age in collection_ages() %}
    ({{ age }}){{ ',' if not loop.last }}
    {%- endfor %}
),

due as (
    select
        cohort_month,
        currency,
        sum(due_cents) as due_cents
    from cohorts
    group by cohort_month, currency
),

reached as (
    -- an age that not even the cohort's first day has reached has no figure yet
    select
        due.cohort_month,
        due.currency,
        ages.days_since_due,
        due.due_cents,
        cast(due.cohort_month + interval '1 month' as date) - 1 + ages.days_since_due <= {{ as_of_date() }}
            as is_complete
    from due
    cross join ages
    where due.cohort_month + ages.days_since_due <= {{ as_of_date() }}
),

collected as (
    select
        reached.cohort_month,
        reached.currency,
        reached.days_since_due,
        reached.due_cents,
        reached.is_complete,
        coalesce(sum(cohorts.collected_cents), 0) as collected_cents
    from reached
    left join cohorts
        on
            reached.cohort_month = cohorts.cohort_month
            and reached.currency = cohorts.currency
            and reached.days_since_due >= cohorts.days_since_due
    group by
        reached.cohort_month, reached.currency, reached.days_since_due, reached.due_cents, reached.is_complete
),

converted as (
    select
        {{ as_of_date() }} as as_of_date,
        cohort_month,
        currency,
        days_since_due,
        {{ amount('due_cents', 'currency') }} as due_amount,
        {{ amount('collected_cents', 'currency') }} as collected_amount,
        cast(collected_cents::numeric / nullif(due_cents, 0) as numeric(20, 8)) as collected_share,
        is_complete
    from collected
)

select * from converted
