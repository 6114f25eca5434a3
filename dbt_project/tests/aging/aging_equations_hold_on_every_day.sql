{{ config(tags=['history']) }}

-- Every day of the ledger at once, per currency, to the cent, as known at the run's cut-off:
-- * the buckets, each open item put into one by its own age on that day, sum to the open balance;
-- * the buckets of the day before + invoices + fees and interest + debits + reversals - applications - applied credits
--   - write-offs are the buckets of the day;
-- * open balance - unapplied cash - unapplied credits is what the other side of the books says: cash, revenue, tax,
--   income, credits granted, bad debt, recoveries;
-- * what is applied leaves the unapplied lines, and receipts, returns, chargebacks, refunds, recoveries and credits
--   granted move nothing but them.
-- Reads the whole ledger: not part of the day.
with

entries as (
    select
        currency,
        ledger_account,
        entry_kind,
        invoice_id,
        effective_on,
        sum(amount_cents) as amount_cents
    from {{ ref('int_ledger__entries') }}
    where
        effective_on <= {{ as_of_date() }}
        and known_at <= {{ known_at() }}
    group by currency, ledger_account, entry_kind, invoice_id, effective_on
),

buckets (aging_bucket) as (
    values
    {%- for bucket in aging_buckets() %}
    ('{{ bucket }}'){{ ',' if not loop.last }}
    {%- endfor %}
),

steps as (
    select
        currency,
        invoice_id,
        effective_on as from_on,
        lead(effective_on) over (partition by currency, invoice_id order by effective_on) - 1 as until_on,
        sum(sum(amount_cents)) over (partition by currency, invoice_id order by effective_on) as open_cents
    from entries
    where ledger_account = 'accounts_receivable'
    group by currency, invoice_id, effective_on
),

open_spans as (
    select
        steps.currency,
        steps.from_on,
        coalesce(steps.until_on, {{ as_of_date() }}) as until_on,
        steps.open_cents,
        items.due_on
    from steps
    left join {{ ref('int_invoices__current') }} as items on steps.invoice_id = items.invoice_id
    where steps.open_cents <> 0
),

items_of_the_day as (
    select
        open_spans.currency,
        cast(days.on_day as date) as on_day,
        {{ aging_bucket('cast(days.on_day as date) - open_spans.due_on') }} as aging_bucket,
        open_spans.open_cents
    from open_spans
    {{ each_day('open_spans.from_on', 'open_spans.until_on') }}
    where open_spans.due_on is not null
),

bucket_sums as (
    select
        items_of_the_day.currency,
        items_of_the_day.on_day,
        sum(items_of_the_day.open_cents) as bucket_cents
    from items_of_the_day
    inner join buckets on items_of_the_day.aging_bucket = buckets.aging_bucket
    group by items_of_the_day.currency, items_of_the_day.on_day
),

movements as (
    select
        currency,
        effective_on as on_day,
        sum(case when ledger_account = 'accounts_receivable' then amount_cents else 0 end) as receivable_cents,
        sum(case when ledger_account = 'unapplied_cash' then -amount_cents else 0 end) as unapplied_cash_cents,
        sum(case when ledger_account = 'unapplied_credits' then -amount_cents else 0 end) as unapplied_credit_cents,
        sum(
            case
                when ledger_account not in ('accounts_receivable', 'unapplied_cash', 'unapplied_credits')
                    then -amount_cents
                else 0
            end
        ) as other_side_cents,
        -- the identity names its kinds: one that it does not know makes a difference
        sum(
            case
                when
                    ledger_account = 'accounts_receivable'
                    and entry_kind in (
                        'invoice', 'late_fee', 'interest', 'debit', 'application_reversal', 'application_return',
                        'credit_reversal', 'application', 'credit_application', 'write_off'
                    )
                    then amount_cents
                else 0
            end
        ) as identity_cents,
        sum(
            case
                when
                    entry_kind in ('application', 'application_reversal', 'application_return')
                    and ledger_account in ('accounts_receivable', 'unapplied_cash')
                    then amount_cents
                else 0
            end
        ) as cash_applied_twice_cents,
        sum(
            case
                when
                    entry_kind in ('credit_application', 'credit_reversal')
                    and ledger_account in ('accounts_receivable', 'unapplied_credits')
                    then amount_cents
                else 0
            end
        ) as credit_applied_twice_cents,
        sum(
            case
                when ledger_account = 'unapplied_cash' and entry_kind not in (
                    'payment', 'payment_return', 'chargeback', 'refund', 'recovery', 'application',
                    'application_reversal', 'application_return', 'application_transfer'
                ) then abs(amount_cents)
                when ledger_account = 'unapplied_credits' and entry_kind not in (
                    'credit', 'credit_application', 'credit_reversal', 'application_transfer'
                ) then abs(amount_cents)
                else 0
            end
        ) as foreign_cents
    from entries
    group by currency, effective_on
),

spans as (
    select
        currency,
        min(effective_on) as first_day
    from entries
    group by currency
),

ledger_days as (
    select
        spans.currency,
        cast(days.on_day as date) as on_day
    from spans
    {{ each_day('spans.first_day', as_of_date()) }}
),

balances as (
    select
        ledger_days.currency,
        ledger_days.on_day,
        coalesce(bucket_sums.bucket_cents, 0) as bucket_cents,
        lag(coalesce(bucket_sums.bucket_cents, 0), 1, 0) over by_day as bucket_cents_before,
        coalesce(movements.identity_cents, 0) as identity_cents,
        coalesce(movements.cash_applied_twice_cents, 0) as cash_applied_twice_cents,
        coalesce(movements.credit_applied_twice_cents, 0) as credit_applied_twice_cents,
        coalesce(movements.foreign_cents, 0) as foreign_cents,
        coalesce(sum(movements.receivable_cents) over by_day, 0) as open_cents,
        coalesce(sum(movements.unapplied_cash_cents) over by_day, 0) as unapplied_cash_cents,
        coalesce(sum(movements.unapplied_credit_cents) over by_day, 0) as unapplied_credit_cents,
        coalesce(sum(movements.other_side_cents) over by_day, 0) as other_side_cents
    from ledger_days
    left join movements on ledger_days.currency = movements.currency and ledger_days.on_day = movements.on_day
    left join bucket_sums on ledger_days.currency = bucket_sums.currency and ledger_days.on_day = bucket_sums.on_day
    window by_day as (partition by ledger_days.currency order by ledger_days.on_day)
),

closings as (
    select
        currency,
        as_of_date as on_day,
        closing_amount,
        control_total_amount
    from {{ ref('ar_control_total') }}
    where as_of_date = {{ as_of_date() }}
),

failing as (
    select 'buckets are not the open balance' as problem, currency, on_day, bucket_cents - open_cents as difference
    from balances
    where bucket_cents <> open_cents
    union all
    select
        'closing is not opening plus movements' as problem,
        currency,
        on_day,
        bucket_cents - bucket_cents_before - identity_cents as difference
    from balances
    where bucket_cents <> bucket_cents_before + identity_cents
    union all
    select
        'the control total is not what the other side says' as problem,
        currency,
        on_day,
        open_cents - unapplied_cash_cents - unapplied_credit_cents - other_side_cents as difference
    from balances
    where open_cents - unapplied_cash_cents - unapplied_credit_cents <> other_side_cents
    union all
    select 'cash applied did not leave unapplied cash' as problem, currency, on_day, cash_applied_twice_cents
    from balances
    where cash_applied_twice_cents <> 0
    union all
    select 'credits applied did not leave unapplied credits' as problem, currency, on_day, credit_applied_twice_cents
    from balances
    where credit_applied_twice_cents <> 0
    union all
    select 'a kind that may not move an unapplied line did' as problem, currency, on_day, foreign_cents
    from balances
    where foreign_cents <> 0
    union all
    select
        'the mart says otherwise of its last day' as problem,
        balances.currency,
        balances.on_day,
        closings.closing_amount - {{ amount('balances.bucket_cents', 'balances.currency') }} as difference
    from balances
    left join closings on balances.currency = closings.currency and balances.on_day = closings.on_day
    where
        balances.on_day = {{ as_of_date() }}
        and (
            coalesce(closings.closing_amount, 0) <> {{ amount('balances.bucket_cents', 'balances.currency') }}
            or coalesce(closings.control_total_amount, 0)
            <> {{ amount('balances.other_side_cents', 'balances.currency') }}
        )
)

select * from failing
