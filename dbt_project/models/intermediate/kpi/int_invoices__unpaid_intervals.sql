{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='invoice_id',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['account_id']},
            {'columns': ['last_known_at']},
            {'columns': ['_batch_id']}
        ],
        post_hook="{{ partial_index(this, 'past_due_from', 'past_due_from is not null') }}"
    )
}}

with

{% if is_incremental() %}
touched as (
    select fresh.invoice_id
    from {{ ref('int_ledger__entries') }} as fresh
    where {{ arrived_since_last_build('fresh') }} and fresh.invoice_id is not null
    union
    -- a new version may bring another due date and no entry
    select fresh.invoice_id
    from {{ ref('stg_ledger__invoices') }} as fresh
    where {{ arrived_since_last_build('fresh') }}
),
{% endif %}

entries as (
    select *
    from {{ ref('int_ledger__entries') }}
    where
        ledger_account = 'accounts_receivable'
        {% if is_incremental() %}
        and invoice_id in (select touched.invoice_id from touched)
        {% endif %}
),

items as (
    select * from {{ ref('int_invoices__current') }}
    {% if is_incremental() %}
    where invoice_id in (select touched.invoice_id from touched)
    {% endif %}
),

versions as (
    select
        invoice_id,
        max(known_from) as last_known_at
    from {{ ref('stg_ledger__invoices') }}
    {% if is_incremental() %}
    where invoice_id in (select touched.invoice_id from touched)
    {% endif %}
    group by invoice_id
),

learned as (
    select
        invoice_id,
        max(known_at) as last_known_at
    from entries
    group by invoice_id
),

{{ unpaid_intervals('entries') }},

-- an item that was settled in time keeps its row: it takes the place of the one that said it was owed
intervals as (
    select
        learned.invoice_id,
        unpaid_intervals.account_id,
        unpaid_intervals.currency,
        unpaid_intervals.unpaid_from,
        unpaid_intervals.unpaid_to,
        unpaid_intervals.is_written_off,
        greatest(unpaid_intervals.unpaid_from, items.due_on + 1) as late_from,
        greatest(learned.last_known_at, versions.last_known_at) as last_known_at
    from learned
    left join unpaid_intervals on learned.invoice_id = unpaid_intervals.invoice_id
    left join items on learned.invoice_id = items.invoice_id
    left join versions on learned.invoice_id = versions.invoice_id
),

dated as (
    select
        invoice_id,
        account_id,
        currency,
        unpaid_from,
        unpaid_to,
        -- greatest skips nulls: an item that was never owed would be late from its due date on
        case
            when unpaid_from is not null and late_from < coalesce(unpaid_to, date 'infinity') then late_from
        end as past_due_from,
        is_written_off,
        last_known_at,
        {{ newest_batch([
            ref('int_ledger__invoice_entries'),
            ref('int_ledger__application_entries'),
            ref('int_ledger__adjustment_entries'),
            ref('int_ledger__dispute_entries'),
            ref('stg_ledger__invoices')
        ]) }} as _batch_id
    from intervals
)

select * from dated
