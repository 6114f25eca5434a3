{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='invoice_id',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['last_effective_on']},
            {'columns': ['last_known_at']},
            {'columns': ['_batch_id']}
        ],
        post_hook="{{ partial_index(this, 'invoice_id', 'balance_cents <> 0') }}"
    )
}}

with

entries as (
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        {% if is_incremental() %}
        and invoice_id in (
            select fresh.invoice_id
            from {{ ref('int_ledger__entries') }} as fresh
            where {{ arrived_since_last_build('fresh') }} and fresh.invoice_id is not null
        )
        {% endif %}
),

balances as (
    select
        invoice_id,
        account_id,
        currency,
        sum(amount_cents)::bigint as balance_cents,
        coalesce(sum(amount_cents) filter (where {{ is_charge('entry_kind') }}), 0)::bigint as charged_cents,
        coalesce(-sum(amount_cents) filter (where {{ is_cash_application('entry_kind') }}), 0)::bigint
            as collected_cents,
        max(effective_on) as last_effective_on,
        max(known_at) as last_known_at,
        max(_batch_id) as _batch_id
    from entries
    group by invoice_id, account_id, currency
)

select * from balances
