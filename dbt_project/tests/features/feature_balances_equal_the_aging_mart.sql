-- The features add the ledger up in their own way, for many dates at once; on the run's date the result is the aging
-- mart's.
with

features as (
    select
        account_id,
        currency,
        balance_cents,
        past_due_cents,
        days_past_due,
        oldest_due_on,
        open_invoice_count,
        past_due_invoice_count,
        unapplied_cents
    from {{ ref('ftr_account_balance') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

aging as (
    select
        account_id,
        currency,
        balance_cents,
        past_due_cents,
        days_past_due,
        oldest_due_on,
        open_invoice_count,
        past_due_invoice_count,
        unapplied_cash_cents + unapplied_credits_cents as unapplied_cents
    from {{ ref('int_accounts__open') }}
    where past_due_cents > 0
),

population as (
    select
        account_id,
        currency
    from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

expected as (
    -- of an account that owes in two currencies both keep the same one
    select aging.*
    from aging
    inner join population
        on aging.account_id = population.account_id and aging.currency = population.currency
),

only_in_features as (
    select * from features
    except
    select * from expected
),

only_in_aging as (
    select * from expected
    except
    select * from features
),

different as (
    select * from only_in_features
    union all
    select * from only_in_aging
)

select * from different
