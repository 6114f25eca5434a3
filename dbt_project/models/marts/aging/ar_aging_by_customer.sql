{{ config(indexes=[{'columns': ['as_of_date', 'person_id']}]) }}

with

accounts as (
    select * from {{ ref('int_accounts__open') }}
),

obligors as (
    select * from {{ ref('int_accounts__obligors') }}
),

owed as (
    -- an account whose obligor nobody named stays in the total
    select
        coalesce(obligors.person_id, 'unknown') as person_id,
        accounts.currency,
        sum(accounts.balance_cents) as balance_cents,
        sum(accounts.past_due_cents) as past_due_cents,
        max(accounts.days_past_due) as days_past_due,
        count(*) as account_count,
        sum(accounts.unapplied_cash_cents) as unapplied_cash_cents,
        sum(accounts.unapplied_credits_cents) as unapplied_credits_cents
    from accounts
    left join obligors on accounts.account_id = obligors.account_id
    group by 1, 2
),

converted as (
    select
        {{ as_of_date() }} as as_of_date,
        person_id,
        currency,
        {{ amount('balance_cents', 'currency') }} as balance_amount,
        {{ amount('past_due_cents', 'currency') }} as past_due_amount,
        days_past_due,
        {{ aging_bucket('days_past_due') }} as aging_bucket,
        account_count::integer as account_count,
        {{ amount('unapplied_cash_cents', 'currency') }} as unapplied_cash_amount,
        {{ amount('unapplied_credits_cents', 'currency') }} as unapplied_credit_amount
    from owed
)

select * from converted
