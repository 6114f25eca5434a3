{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}]) }}

with

open_accounts as (
    select * from {{ ref('int_accounts__open') }}
),

converted as (
    select
        as_of_date,
        account_id,
        currency,
        {{ amount('balance_cents', 'currency') }} as balance_amount,
        {{ amount('past_due_cents', 'currency') }} as past_due_amount,
        days_past_due,
        aging_bucket,
        oldest_due_on,
        open_invoice_count,
        past_due_invoice_count,
        {{ amount('unapplied_cash_cents', 'currency') }} as unapplied_cash_amount,
        {{ amount('unapplied_credits_cents', 'currency') }} as unapplied_credit_amount,
        {{ amount('balance_cents - unapplied_cash_cents - unapplied_credits_cents', 'currency') }}
            as net_balance_amount,
        product,
        segment,
        region
    from open_accounts
)

select * from converted
