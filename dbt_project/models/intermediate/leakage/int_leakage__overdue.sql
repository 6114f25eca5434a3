{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

balances as (
    select * from {{ ref('int_leakage__balances') }}
    where balance_cents > 0
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

first_days as (
    select
        invoice_id,
        min(from_on) as opened_on
    from balances
    group by invoice_id
),

overdue as (
    -- also of invoices that are not due yet: unless they are paid first, this is when they will be overdue
    select
        balances.account_id,
        balances.currency,
        balances.invoice_id,
        coalesce(invoices.due_on, first_days.opened_on + coalesce(accounts.net_days, 0)) as due_on,
        balances.balance_cents,
        greatest(
            balances.from_on, coalesce(invoices.due_on, first_days.opened_on + coalesce(accounts.net_days, 0)) + 1
        ) as from_on,
        coalesce(balances.to_on, date '9999-12-31') as to_on
    from balances
    inner join accounts on balances.account_id = accounts.account_id
    inner join first_days on balances.invoice_id = first_days.invoice_id
    left join invoices on balances.invoice_id = invoices.invoice_id
),

standing as (
    select * from overdue
    where from_on <= to_on
),

marked as (
    select
        *,
        coalesce(
            from_on > max(to_on) over (
                partition by account_id, currency order by from_on, to_on, invoice_id
                rows between unbounded preceding and 1 preceding
            ) + 1,
            true
        ) as begins_spell
    from standing
),

numbered as (
    select
        *,
        count(*) filter (where begins_spell) over (
            partition by account_id, currency order by from_on, to_on, invoice_id
        ) as spell_number
    from marked
),

spells as (
    select
        account_id,
        currency,
        invoice_id,
        due_on,
        balance_cents,
        from_on,
        to_on,
        min(from_on) over (partition by account_id, currency, spell_number) as spell_from_on,
        max(to_on) over (partition by account_id, currency, spell_number) as spell_to_on
    from numbered
)

select * from spells
