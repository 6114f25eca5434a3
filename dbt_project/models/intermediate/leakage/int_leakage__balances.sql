{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}, {'columns': ['invoice_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

entries as (
    select * from {{ ref('int_ledger__entries') }}
),

movements as (
    select
        entries.invoice_id,
        entries.account_id,
        entries.currency,
        entries.effective_on,
        sum(entries.amount_cents) as amount_cents
    from entries
    where
        entries.account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
        and entries.ledger_account = 'accounts_receivable'
        and entries.effective_on <= {{ as_of_date() }}
        and entries.known_at <= {{ known_at() }}
    group by entries.invoice_id, entries.account_id, entries.currency, entries.effective_on
    having sum(entries.amount_cents) <> 0
),

balances as (
    select
        invoice_id,
        account_id,
        currency,
        effective_on as from_on,
        lead(effective_on) over (partition by invoice_id, account_id, currency order by effective_on) - 1 as to_on,
        sum(amount_cents) over (
            partition by invoice_id, account_id, currency
            order by effective_on
        )::bigint as balance_cents
    from movements
)

select * from balances
