{{ config(indexes=[{'columns': ['as_of_date']}]) }}

with

balances as (
    select
        currency,
        sum(balance_cents) as balance_cents
    from {{ ref('int_invoices__balances') }}
    where balance_cents <> 0
    group by currency
),

entries_not_in_opening as (
    -- the maintained balances hold all that was ever recorded; the opening must not see this day or anything later
    select
        currency,
        entry_kind,
        ledger_account,
        effective_on = {{ as_of_date() }} and known_at <= {{ known_at() }} as is_of_the_day,
        sum(amount_cents) as amount_cents
    from {{ ref('int_ledger__entries') }}
    where
        (effective_on >= {{ as_of_date() }} or known_at > {{ known_at() }})
        and ledger_account in ('accounts_receivable', 'unapplied_cash', 'unapplied_credits')
    group by 1, 2, 3, 4
),

excluded as (
    select
        currency,
        sum(amount_cents) as excluded_cents
    from entries_not_in_opening
    where ledger_account = 'accounts_receivable'
    group by currency
),

receivable_movements as (
    select
        currency,
        coalesce(sum(amount_cents) filter (where entry_kind = 'invoice'), 0) as invoices_cents,
        coalesce(sum(amount_cents) filter (where entry_kind in ('late_fee', 'interest')), 0) as fees_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'debit'), 0) as debits_cents,
        coalesce(
            sum(amount_cents) filter (
                where entry_kind in ('application_reversal', 'application_return', 'credit_reversal')
            ), 0
        ) as reversed_cents,
        coalesce(-sum(amount_cents) filter (where entry_kind = 'application'), 0) as applications_cents,
        coalesce(-sum(amount_cents) filter (where entry_kind = 'credit_application'), 0) as applied_credits_cents,
        coalesce(-sum(amount_cents) filter (where entry_kind = 'write_off'), 0) as write_offs_cents
    from entries_not_in_opening
    where is_of_the_day and ledger_account = 'accounts_receivable'
    group by currency
),

unapplied_movements as (
    select
        currency,
        coalesce(-sum(amount_cents) filter (where entry_kind = 'payment'), 0) as receipts_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'payment_return'), 0) as returned_receipts_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'chargeback'), 0) as chargebacks_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'refund'), 0) as refunds_cents,
        coalesce(sum(amount_cents) filter (where entry_kind = 'recovery'), 0) as recoveries_cents,
        coalesce(-sum(amount_cents) filter (where entry_kind = 'credit'), 0) as credits_granted_cents
    from entries_not_in_opening
    where is_of_the_day and ledger_account <> 'accounts_receivable'
    group by currency
),

closings as (
    -- from the open items one by one: what the aging shows, not what the movements say it should be
    select
        currency,
        sum(balance_cents) as closing_cents,
        sum(unapplied_cash_cents) as unapplied_cash_cents,
        sum(unapplied_credits_cents) as unapplied_credits_cents
    from {{ ref('int_accounts__open') }}
    group by currency
),

currencies as (
    select currency from balances
    union
    select currency from entries_not_in_opening
    union
    select currency from closings
),

assembled as (
    select
        currencies.currency,
        coalesce(balances.balance_cents, 0) - coalesce(excluded.excluded_cents, 0) as opening_cents,
        coalesce(receivable_movements.invoices_cents, 0) as invoices_cents,
        coalesce(receivable_movements.fees_cents, 0) as fees_cents,
        coalesce(receivable_movements.debits_cents, 0) as debits_cents,
        coalesce(receivable_movements.reversed_cents, 0) as reversed_cents,
        coalesce(receivable_movements.applications_cents, 0) as applications_cents,
        coalesce(receivable_movements.applied_credits_cents, 0) as applied_credits_cents,
        coalesce(receivable_movements.write_offs_cents, 0) as write_offs_cents,
        coalesce(closings.closing_cents, 0) as closing_cents,
        coalesce(closings.unapplied_cash_cents, 0) as unapplied_cash_cents,
        coalesce(closings.unapplied_credits_cents, 0) as unapplied_credits_cents,
        coalesce(unapplied_movements.receipts_cents, 0) as receipts_cents,
        coalesce(unapplied_movements.returned_receipts_cents, 0) as returned_receipts_cents,
        coalesce(unapplied_movements.chargebacks_cents, 0) as chargebacks_cents,
        coalesce(unapplied_movements.refunds_cents, 0) as refunds_cents,
        coalesce(unapplied_movements.recoveries_cents, 0) as recoveries_cents,
        coalesce(unapplied_movements.credits_granted_cents, 0) as credits_granted_cents
    from currencies
    left join balances on currencies.currency = balances.currency
    left join excluded on currencies.currency = excluded.currency
    left join receivable_movements on currencies.currency = receivable_movements.currency
    left join unapplied_movements on currencies.currency = unapplied_movements.currency
    left join closings on currencies.currency = closings.currency
),

converted as (
    select
        {{ as_of_date() }} as as_of_date,
        currency,
        {{ amount('opening_cents', 'currency') }} as opening_amount,
        {{ amount('invoices_cents', 'currency') }} as invoices_amount,
        {{ amount('fees_cents', 'currency') }} as fees_and_interest_amount,
        {{ amount('debits_cents', 'currency') }} as debit_adjustments_amount,
        {{ amount('reversed_cents', 'currency') }} as reversals_amount,
        {{ amount('applications_cents', 'currency') }} as applications_amount,
        {{ amount('applied_credits_cents', 'currency') }} as applied_credits_amount,
        {{ amount('write_offs_cents', 'currency') }} as write_offs_amount,
        {{ amount('closing_cents', 'currency') }} as closing_amount,
        {{ amount('unapplied_cash_cents', 'currency') }} as unapplied_cash_amount,
        {{ amount('unapplied_credits_cents', 'currency') }} as unapplied_credit_amount,
        {{ amount('closing_cents - unapplied_cash_cents - unapplied_credits_cents', 'currency') }}
            as control_total_amount,
        {{ amount('receipts_cents', 'currency') }} as receipts_amount,
        {{ amount('returned_receipts_cents', 'currency') }} as returned_receipts_amount,
        {{ amount('chargebacks_cents', 'currency') }} as chargebacks_amount,
        {{ amount('refunds_cents', 'currency') }} as refunds_amount,
        {{ amount('recoveries_cents', 'currency') }} as recoveries_amount,
        {{ amount('credits_granted_cents', 'currency') }} as credits_granted_amount
    from assembled
)

select * from converted
