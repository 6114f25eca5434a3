with

invoices as (
    select * from {{ ref('int_ledger__invoice_entries') }}
),

payments as (
    select * from {{ ref('int_ledger__payment_entries') }}
),

disputes as (
    select * from {{ ref('int_ledger__dispute_entries') }}
),

applications as (
    select * from {{ ref('int_ledger__application_entries') }}
),

adjustments as (
    select * from {{ ref('int_ledger__adjustment_entries') }}
),

entries as (
    select * from invoices
    union all
    select * from payments
    union all
    select * from disputes
    union all
    select * from applications
    union all
    select * from adjustments
),

identified as (
    -- the id is spelled out here, not stored: it would be a quarter of the table
    select
        concat_ws(
            '|',
            source_row,
            entry_kind,
            ledger_account,
            account_id,
            effective_on,
            extract(epoch from known_at),
            case when is_negation then 'negation' else 'entry' end,
            sign(amount_cents)
        ) as entry_id,
        source_row,
        account_id,
        invoice_id,
        currency,
        ledger_account,
        entry_kind,
        amount_cents,
        effective_on,
        known_at,
        is_negation,
        _batch_id
    from entries
)

select * from identified
