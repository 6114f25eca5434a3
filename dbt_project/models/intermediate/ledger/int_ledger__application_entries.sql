{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='source_row',
        indexes=[
            {'columns': ['source_row']},
            {'columns': ['invoice_id']},
            {'columns': ['account_id']},
            {'columns': ['effective_on']},
            {'columns': ['known_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

{% if is_incremental() %}
touched as (
    select applications.application_id
    from {{ ref('stg_ledger__applications') }} as applications
    where {{ arrived_since_last_build('applications') }}
    union
    select applications.application_id
    from {{ ref('int_ledger__invoice_postings') }} as invoices
    inner join {{ ref('stg_ledger__applications') }} as applications
        on invoices.invoice_id = applications.invoice_id
    where {{ arrived_since_last_build('invoices') }}
    union
    select applications.application_id
    from {{ ref('int_ledger__payment_postings') }} as payments
    inner join {{ ref('stg_ledger__applications') }} as applications
        on payments.payment_id = applications.payment_id
    where {{ arrived_since_last_build('payments') }}
    union
    select applications.application_id
    from {{ ref('stg_ledger__adjustments') }} as credits
    inner join {{ ref('stg_ledger__applications') }} as applications
        on credits.adjustment_id = applications.credit_id
    where {{ arrived_since_last_build('credits') }}
),
{% endif %}

applications as (
    select
        application_id,
        coalesce(payment_id, credit_id) as funding_id,
        case when credit_id is null then 'unapplied_cash' else 'unapplied_credits' end as funding_account,
        invoice_id,
        -- a row that reverses another carries a positive amount too, and gives the invoice its balance back
        case when reverses is null then amount_cents else -amount_cents end as applied_cents,
        reverses is not null as is_reversal,
        applied_on,
        known_from,
        known_to
    from {{ ref('stg_ledger__applications') }}
    {% if is_incremental() %}
    where application_id in (select touched.application_id from touched)
    {% endif %}
),

invoices as (
    select * from {{ ref('int_ledger__invoice_postings') }}
),

payments as (
    select * from {{ ref('int_ledger__payment_postings') }}
),

credits as (
    select * from {{ ref('stg_ledger__adjustments') }}
    where kind = 'credit'
),

applied as (
    -- while the invoice is unknown, a draft or void there is nothing to apply to: the money stays unapplied
    select
        applications.application_id,
        applications.funding_id,
        applications.funding_account,
        applications.invoice_id,
        applications.applied_cents,
        applications.is_reversal,
        applications.applied_on,
        invoices.account_id,
        invoices.currency,
        {{ both_known_from('applications', 'invoices') }} as known_from,
        {{ both_known_to('applications', 'invoices') }} as known_to
    from applications
    inner join invoices
        on
            applications.invoice_id = invoices.invoice_id
            and {{ known_together('applications', 'invoices') }}
),

paid_otherwise as (
    -- only the spans in which the payment says what the application does not: it ended, or is another account's
    select
        applied.application_id,
        applied.funding_account,
        applied.invoice_id,
        applied.applied_cents,
        applied.applied_on,
        applied.account_id,
        applied.currency,
        payments.account_id as funding_account_id,
        greatest(payments.ended_on, applied.applied_on) as undone_on,
        payments.ended_on is not null as is_undone,
        {{ both_known_from('applied', 'payments') }} as known_from,
        {{ both_known_to('applied', 'payments') }} as known_to
    from applied
    inner join payments
        on
            applied.funding_id = payments.payment_id
            and {{ known_together('applied', 'payments') }}
    where
        applied.funding_account = 'unapplied_cash'
        and (payments.ended_on is not null or payments.account_id <> applied.account_id)
),

credited_otherwise as (
    select
        applied.application_id,
        applied.funding_account,
        applied.invoice_id,
        applied.applied_cents,
        applied.applied_on,
        applied.account_id,
        applied.currency,
        credits.account_id as funding_account_id,
        applied.applied_on as undone_on,
        false as is_undone,
        {{ both_known_from('applied', 'credits') }} as known_from,
        {{ both_known_to('applied', 'credits') }} as known_to
    from applied
    inner join credits
        on
            applied.funding_id = credits.adjustment_id
            and {{ known_together('applied', 'credits') }}
    where
        applied.funding_account = 'unapplied_credits'
        and credits.account_id <> applied.account_id
),

funded as (
    select * from paid_otherwise
    union all
    select * from credited_otherwise
),

application_legs as (
    select
        applied.application_id,
        applied.account_id,
        case when leg.is_receivable then applied.invoice_id end as invoice_id,
        applied.currency,
        case when leg.is_receivable then 'accounts_receivable' else applied.funding_account end as ledger_account,
        case
            when applied.is_reversal and applied.funding_account = 'unapplied_credits' then 'credit_reversal'
            when applied.is_reversal then 'application_reversal'
            when applied.funding_account = 'unapplied_credits' then 'credit_application'
            else 'application'
        end as entry_kind,
        case when leg.is_receivable then -applied.applied_cents else applied.applied_cents end as amount_cents,
        applied.applied_on as effective_on,
        applied.known_from,
        applied.known_to
    from applied
    cross join (values (true), (false)) as leg (is_receivable)
),

undone_legs as (
    -- the payment came back or failed: what was still applied from it is owed again, reversed by the source or not
    select
        funded.application_id,
        funded.account_id,
        case when leg.is_receivable then funded.invoice_id end as invoice_id,
        funded.currency,
        case when leg.is_receivable then 'accounts_receivable' else funded.funding_account end as ledger_account,
        'application_return' as entry_kind,
        case when leg.is_receivable then funded.applied_cents else -funded.applied_cents end as amount_cents,
        funded.undone_on as effective_on,
        funded.known_from,
        funded.known_to
    from funded
    cross join (values (true), (false)) as leg (is_receivable)
    where funded.is_undone
),

transferred_legs as (
    -- money of one account that pays another's invoice leaves the payer's unapplied line, not the holder's
    select
        funded.application_id,
        case when leg.is_payer then funded.funding_account_id else funded.account_id end as account_id,
        cast(null as text) as invoice_id,
        funded.currency,
        funded.funding_account as ledger_account,
        'application_transfer' as entry_kind,
        funded.applied_cents * case when leg.is_payer = leg.is_applied then 1 else -1 end as amount_cents,
        case when leg.is_applied then funded.applied_on else funded.undone_on end as effective_on,
        funded.known_from,
        funded.known_to
    from funded
    cross join (values (true, true), (false, true), (true, false), (false, false)) as leg (is_payer, is_applied)
    where
        funded.funding_account_id <> funded.account_id
        and (leg.is_applied or funded.is_undone)
),

all_legs as (
    select * from application_legs
    union all
    select * from undone_legs
    union all
    select * from transferred_legs
),

legs as (
    select
        'applications|' || application_id as source_row,
        account_id,
        invoice_id,
        currency,
        ledger_account,
        entry_kind,
        amount_cents,
        effective_on,
        known_from,
        known_to,
        {{ newest_batch([
            ref('stg_ledger__applications'),
            ref('int_ledger__invoice_postings'),
            ref('int_ledger__payment_postings'),
            ref('stg_ledger__adjustments')
        ]) }} as _batch_id
    from all_legs
),

entries as (
    {{ entries_of('legs') }}
)

select * from entries
