-- depends_on: {{ ref('int_leakage__allocations') }}
{%- set last = leakage_last_build() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='month',
        indexes=[{'columns': ['month']}]
    )
}}

with

{% if last and is_incremental() %}
touched_entries as (
    {% for model in ['int_ledger__invoice_entries', 'int_ledger__adjustment_entries'] -%}
    select touched.effective_on
    from {{ ref(model) }} as touched
    where
        touched._batch_id > {{ last.ledger_batch }}  -- noqa: LT02
        or (touched.effective_on > {{ last.as_of_date }} and touched.effective_on <= {{ as_of_date() }})
    {{ 'union' if not loop.last }}
    {% endfor %}
),

months as (
    select distinct cast(date_trunc('month', effective_on) as date) as month
    from touched_entries
),
{% endif %}

charges as (
    {% for model in ['int_ledger__invoice_entries', 'int_ledger__adjustment_entries'] -%}
    select
        cast(date_trunc('month', charged.effective_on) as date) as month,
        charged.currency,
        charged.amount_cents
    from {{ ref(model) }} as charged
    where
        charged.ledger_account = 'accounts_receivable'
        and {{ is_charge('charged.entry_kind') }}
        and charged.effective_on <= {{ as_of_date() }}
        and charged.known_at <= {{ known_at() }}
    {% if last and is_incremental() %}
        and charged.effective_on >= (select min(months.month) from months)
        {% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        month,
        currency,
        sum(amount_cents)::bigint as billed_cents
    from charges
    {% if last and is_incremental() %}
    where month in (select months.month from months)
    {% endif %}
    group by month, currency
)

select * from summed
