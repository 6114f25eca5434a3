{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='source_row',
        indexes=[
            {'columns': ['source_row']},
            {'columns': ['account_id']},
            {'columns': ['effective_on']},
            {'columns': ['known_at']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

postings as (
    select
        'payments|' || payment_id as source_row,
        account_id,
        currency,
        amount_cents,
        settled_on,
        ended_on,
        known_from,
        known_to,
        _batch_id
    from {{ ref('int_ledger__payment_postings') }} as posted
    where
        settled_on is not null
        {% if is_incremental() %}
        and {{ arrived_since_last_build('posted') }}
        {% endif %}
),

movements as (
    select
        *,
        'payment' as entry_kind,
        settled_on as effective_on,
        1 as direction
    from postings
    union all
    -- a returned payment was money until the day it came back: the receipt stays in the books of the days before
    select
        *,
        'payment_return' as entry_kind,
        ended_on as effective_on,
        -1 as direction
    from postings
    where ended_on is not null
),

legs as (
    select
        movements.source_row,
        movements.account_id,
        cast(null as text) as invoice_id,
        movements.currency,
        leg.ledger_account,
        movements.entry_kind,
        movements.amount_cents * movements.direction * leg.direction as amount_cents,
        movements.effective_on,
        movements.known_from,
        movements.known_to,
        movements._batch_id
    from movements
    cross join (values ('cash', 1), ('unapplied_cash', -1)) as leg (ledger_account, direction)
),

entries as (
    {{ entries_of('legs') }}
)

select * from entries
