with

invoices as (
    select * from {{ ref('stg_ledger__invoices') }}
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

terms as (
    select * from {{ ref('stg_ledger__terms') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

billed as (
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.debt_id,
        invoices.currency,
        invoices.status,
        'invoice' as item_kind,
        invoices.issued_on,
        invoices.due_on as stated_due_on,
        invoices.total_cents
    from invoices
    where {{ as_known('invoices') }}
),

charged as (
    -- charges and write-offs that name no invoice are open items of their own
    select
        'adj:' || adjustments.adjustment_id as invoice_id,
        adjustments.account_id,
        cast(null as text) as debt_id,
        adjustments.currency,
        'open' as status,
        adjustments.kind as item_kind,
        adjustments.adjusted_on as issued_on,
        -- a write-off lowers what is owed from its own day on
        case when adjustments.kind = 'write_off' then adjustments.adjusted_on end as stated_due_on,
        case when adjustments.kind = 'write_off' then -adjustments.amount_cents else adjustments.amount_cents end
            as total_cents
    from adjustments
    where
        adjustments.invoice_id is null
        and adjustments.kind in ('late_fee', 'interest', 'debit', 'write_off')
        and {{ as_known('adjustments') }}
),

items as (
    select * from billed
    union all
    select * from charged
),

terms_of_accounts as (
    select
        accounts.account_id,
        terms.net_days
    from accounts
    inner join terms on accounts.terms_code = terms.terms_code
    where {{ as_known('accounts') }} and {{ as_known('terms') }}
),

due as (
    select
        items.invoice_id,
        items.account_id,
        items.debt_id,
        items.currency,
        items.status,
        items.item_kind,
        items.issued_on,
        {{ due_on('items.stated_due_on', 'items.issued_on', 'terms_of_accounts.net_days') }} as due_on,
        items.stated_due_on is null as is_due_on_derived,
        items.total_cents
    from items
    left join terms_of_accounts on items.account_id = terms_of_accounts.account_id
)

select * from due
