{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='account_id',
        indexes=[
            {'columns': ['account_id']},
            {'columns': ['last_effective_on']},
            {'columns': ['last_known_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

entries as (
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account in ('unapplied_cash', 'unapplied_credits')
        {% if is_incremental() %}
        and account_id in (
            select fresh.account_id
            from {{ ref('int_ledger__entries') }} as fresh
            where {{ arrived_since_last_build('fresh') }}
        )
        {% endif %}
),

balances as (
    -- money held for the customer is a credit in the books and a positive figure here
    select
        account_id,
        currency,
        sum(case when ledger_account = 'unapplied_cash' then -amount_cents else 0 end)::bigint as unapplied_cash_cents,
        sum(case when ledger_account = 'unapplied_credits' then -amount_cents else 0 end)::bigint
            as unapplied_credits_cents,
        max(effective_on) as last_effective_on,
        max(known_at) as last_known_at,
        max(_batch_id) as _batch_id
    from entries
    group by account_id, currency
)

select * from balances
