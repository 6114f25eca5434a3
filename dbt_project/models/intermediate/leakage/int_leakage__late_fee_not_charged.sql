with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

balances as (
    select * from {{ ref('int_leakage__balances') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

fees as (
    select
        adjustments.account_id,
        adjustments.invoice_id,
        adjustments.adjusted_on
    from adjustments
    where
        adjustments.account_id in (select accounts.account_id from accounts)
        and adjustments.kind = 'late_fee'
        and adjustments.adjusted_on <= {{ as_of_date() }}
        and {{ as_known('adjustments') }}
    union all
    -- or as a line of the next bill
    select
        lines.account_id,
        cast(null as text) as invoice_id,
        lines.issued_on as adjusted_on
    from {{ ref('int_leakage__lines') }} as lines
    where lines.item ilike '%late%fee%' and lines.amount_cents > 0
),

disputed as (
    -- while a bill is disputed the account is spared
    select
        disputed_invoices.account_id,
        {{ local_date('disputes.opened_at') }} as from_on,
        {{ local_date('disputes.closed_at') }} as to_on
    from disputes
    inner join invoices as disputed_invoices on disputes.invoice_id = disputed_invoices.invoice_id
    where disputes.kind = 'billing' and {{ as_known('disputes') }}
),

callable as (
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.currency,
        accounts.late_fee_cents,
        invoices.due_on,
        invoices.due_on + accounts.grace_days as grace_ends_on,
        invoices.billed_on
    from invoices
    inner join accounts on invoices.account_id = accounts.account_id
    where accounts.late_fee_cents > 0
),

late as (
    -- still open when the last day of grace was over
    select
        callable.*,
        callable.grace_ends_on + 1 as arose_on,
        greatest(callable.grace_ends_on + 1 + {{ var('leakage_fee_grace_days') }}, callable.billed_on) as detected_on
    from callable
    inner join balances
        on
            callable.invoice_id = balances.invoice_id
            and callable.account_id = balances.account_id
            and callable.currency = balances.currency
            and balances.balance_cents > 0
            and balances.from_on <= callable.grace_ends_on
            and (balances.to_on is null or balances.to_on >= callable.grace_ends_on)
),

spared as (
    select late.invoice_id
    from late
    inner join fees
        on
            late.invoice_id = fees.invoice_id
            and fees.adjusted_on <= late.arose_on + {{ var('leakage_late_billing_days') }}
    union
    select late.invoice_id
    from late
    inner join disputed
        on
            late.account_id = disputed.account_id
            and disputed.from_on <= late.arose_on
            and (disputed.to_on is null or disputed.to_on >= late.arose_on)
),

due_fees as (
    select * from late
    where invoice_id not in (select spared.invoice_id from spared)
),

unnamed_fees as (
    select
        account_id,
        adjusted_on,
        row_number() over (partition by account_id, adjusted_on) as place
    from fees
    where invoice_id is null
),

unnamed_days as (
    select distinct account_id, adjusted_on from unnamed_fees
),

fee_candidates as (
    select
        due_fees.invoice_id,
        unnamed_days.account_id,
        unnamed_days.adjusted_on,
        row_number() over (
            partition by unnamed_days.account_id, unnamed_days.adjusted_on
            order by due_fees.arose_on desc, due_fees.invoice_id
        ) as place
    from due_fees
    inner join unnamed_days
        on
            due_fees.account_id = unnamed_days.account_id
            and unnamed_days.adjusted_on >= due_fees.due_on
            and unnamed_days.adjusted_on <= due_fees.arose_on + {{ var('leakage_late_billing_days') }}
),

charged_without_name as (
    -- a fee that names no invoice is for what became late last before it: as many invoices as there are fees
    select fee_candidates.invoice_id
    from fee_candidates
    inner join unnamed_fees
        on
            fee_candidates.account_id = unnamed_fees.account_id
            and fee_candidates.adjusted_on = unnamed_fees.adjusted_on
            and fee_candidates.place = unnamed_fees.place
),

uncharged as (
    select * from due_fees
    where invoice_id not in (select charged_without_name.invoice_id from charged_without_name)
),

facts as (
    select
        'late_fee_not_charged' as cause,
        account_id,
        currency,
        'invoices' as subject_entity,
        invoice_id as subject_key,
        arose_on,
        detected_on,
        'late fee of the terms not charged' as detail,
        'subject' as role,
        'invoices' as entity,
        invoice_id as entity_key,
        'fee|' || invoice_id as anchor,
        arose_on as since_on,
        late_fee_cents as at_risk_cents
    from uncharged
)

select * from facts
