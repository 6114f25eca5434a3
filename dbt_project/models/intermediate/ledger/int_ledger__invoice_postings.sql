{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='invoice_id',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

versions as (
    select *
    from {{ ref('stg_ledger__invoices') }}
    {% if is_incremental() %}
    where
        invoice_id in (
            select fresh.invoice_id
            from {{ ref('stg_ledger__invoices') }} as fresh
            where {{ arrived_since_last_build('fresh') }}
        )
    {% endif %}
),

summarized as (
    -- what the books see of an invoice: whether it was sent or paid since is not in it
    select
        invoice_id,
        account_id,
        currency,
        issued_on,
        total_cents,
        coalesce(tax_cents, 0) as tax_cents,
        status not in ('draft', 'void') as is_posted,
        concat_ws(
            '|', account_id, currency, issued_on, total_cents, coalesce(tax_cents, 0), status not in ('draft', 'void')
        ) as content,
        known_from,
        _batch_id
    from versions
),

compared as (
    select
        *,
        lag(content) over (partition by invoice_id order by known_from) as previous_content
    from summarized
),

changed as (
    select * from compared
    where previous_content is null or previous_content <> content
),

spans as (
    -- before the draft and void spans are dropped: their start is the end of the span before
    select
        *,
        lead(known_from) over (partition by invoice_id order by known_from) as known_to
    from changed
),

posted as (
    select
        invoice_id,
        account_id,
        currency,
        issued_on,
        total_cents,
        tax_cents,
        known_from,
        known_to,
        {{ newest_batch([ref('stg_ledger__invoices')]) }} as _batch_id
    from spans
    where is_posted
)

select * from posted
