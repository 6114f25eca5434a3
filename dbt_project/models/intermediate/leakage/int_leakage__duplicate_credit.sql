with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

cash_entries as (
    select * from {{ ref('int_ledger__entries') }}
    where ledger_account = 'unapplied_cash'
),

receivable_entries as (
    select * from {{ ref('int_ledger__entries') }}
    where ledger_account = 'accounts_receivable'
),

given as (
    select
        adjustments.adjustment_id,
        adjustments.account_id,
        adjustments.currency,
        adjustments.kind,
        adjustments.invoice_id,
        adjustments.reason,
        adjustments.amount_cents,
        adjustments.adjusted_on,
        adjustments.source_recorded_at,
        greatest(adjustments.adjusted_on, {{ learned_on('adjustments.known_from') }}) as detected_on
    from adjustments
    where
        adjustments.account_id in (select accounts.account_id from accounts)
        and adjustments.kind in ('credit', 'refund')
        and adjustments.adjusted_on <= {{ as_of_date() }}
        and adjustments.amount_cents > 0
        and {{ as_known('adjustments') }}
),

compared as (
    select
        *,
        lag(adjustment_id) over same_credit as previous_id,
        lag(adjusted_on) over same_credit as previous_on
    from given
    window
        same_credit as (
            partition by account_id, currency, kind, amount_cents, invoice_id, reason
            order by adjusted_on, source_recorded_at, adjustment_id
        )
),

settled_disputes as (
    -- two disputes settled for the same amount are two reasons for two credits
    select
        invoices.account_id,
        disputes.amount_cents,
        count(*) as dispute_count
    from disputes
    inner join invoices on disputes.invoice_id = invoices.invoice_id
    where
        {{ as_known('disputes') }}
        and disputes.kind = 'billing'
        and disputes.outcome is not null
    group by invoices.account_id, disputes.amount_cents
),

repeated as (
    select
        compared.adjustment_id,
        compared.previous_id,
        compared.account_id,
        compared.currency,
        compared.adjusted_on,
        compared.detected_on,
        compared.amount_cents as at_risk_cents,
        compared.kind || ' given twice' as detail
    from compared
    left join settled_disputes
        on
            compared.account_id = settled_disputes.account_id
            and compared.amount_cents = settled_disputes.amount_cents
    where
        compared.adjusted_on - compared.previous_on <= {{ var('leakage_duplicate_days') }}
        and coalesce(settled_disputes.dispute_count, 0) < 2
),

cash_days as (
    -- unapplied cash is what the customer has paid beyond its invoices: a refund cannot give back more
    select
        entries.account_id,
        entries.currency,
        entries.effective_on,
        -sum(entries.amount_cents) as cash_cents
    from cash_entries as entries
    where
        entries.account_id in (select given.account_id from given where given.kind = 'refund')
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by entries.account_id, entries.currency, entries.effective_on
),

cash_balances as (
    select
        account_id,
        currency,
        effective_on,
        sum(cash_cents) over (partition by account_id, currency order by effective_on) as balance_cents
    from cash_days
),

newest_refunds as (
    select
        given.*,
        row_number() over (
            partition by given.account_id, given.currency, given.adjusted_on
            order by given.source_recorded_at desc, given.adjustment_id desc
        ) as place
    from given
    where given.kind = 'refund'
),

overpaid as (
    select
        newest_refunds.adjustment_id,
        cast(null as text) as previous_id,
        newest_refunds.account_id,
        newest_refunds.currency,
        newest_refunds.adjusted_on,
        newest_refunds.detected_on,
        least(newest_refunds.amount_cents, -cash_balances.balance_cents)::bigint as at_risk_cents,
        'refund above the amount paid' as detail
    from newest_refunds
    inner join cash_balances
        on
            newest_refunds.account_id = cash_balances.account_id
            and newest_refunds.currency = cash_balances.currency
            and newest_refunds.adjusted_on = cash_balances.effective_on
    where
        newest_refunds.place = 1
        and cash_balances.balance_cents < 0
        and newest_refunds.adjustment_id not in (select repeated.adjustment_id from repeated)
),

charged as (
    select
        entries.invoice_id,
        sum(entries.amount_cents) as charged_cents
    from receivable_entries as entries
    where
        entries.invoice_id in (select given.invoice_id from given where given.kind = 'credit')
        and {{ is_charge('entries.entry_kind') }}
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by entries.invoice_id
),

running_credits as (
    select
        given.adjustment_id,
        given.account_id,
        given.currency,
        given.adjusted_on,
        given.detected_on,
        given.amount_cents,
        sum(given.amount_cents) over (
            partition by given.invoice_id order by given.adjusted_on, given.source_recorded_at, given.adjustment_id
        ) - charged.charged_cents as excess_cents
    from given
    inner join charged on given.invoice_id = charged.invoice_id
    where given.kind = 'credit'
),

overcredited as (
    select
        adjustment_id,
        cast(null as text) as previous_id,
        account_id,
        currency,
        adjusted_on,
        detected_on,
        least(amount_cents, excess_cents)::bigint as at_risk_cents,
        'credit above the invoice' as detail
    from running_credits
    where
        excess_cents > 0
        and adjustment_id not in (select repeated.adjustment_id from repeated)
),

wrong as (
    select * from repeated
    union all
    select * from overpaid
    union all
    select * from overcredited
),

facts as (
    select
        'duplicate_credit' as cause,
        account_id,
        currency,
        'adjustments' as subject_entity,
        adjustment_id as subject_key,
        adjusted_on as arose_on,
        detected_on,
        detail,
        'subject' as role,
        'adjustments' as entity,
        adjustment_id as entity_key,
        'adjustment|' || adjustment_id as anchor,
        adjusted_on as since_on,
        at_risk_cents
    from wrong
    union all
    select
        'duplicate_credit' as cause,
        account_id,
        currency,
        'adjustments' as subject_entity,
        adjustment_id as subject_key,
        adjusted_on as arose_on,
        detected_on,
        detail,
        'first of the two' as role,
        'adjustments' as entity,
        previous_id as entity_key,
        cast(null as text) as anchor,
        adjusted_on as since_on,
        cast(null as bigint) as at_risk_cents
    from wrong
    where previous_id is not null
)

select * from facts
