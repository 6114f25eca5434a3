-- depends_on: {{ ref('revenue_leakage_events') }}
-- depends_on: {{ ref('revenue_leakage_evidence') }}
-- depends_on: {{ ref('int_leakage__billed_months') }}
{{ config(materialized='table') }}

with

ledger_batches as (
    select * from {{ source('raw_ledger', 'batches') }}
),

contact_batches as (
    select * from {{ source('raw_contact', 'batches') }}
),

newest as (
    select
        (select coalesce(max(ledger_batches.batch_id), 0) from ledger_batches) as ledger_batch,
        (select coalesce(max(contact_batches.batch_id), 0) from contact_batches) as contact_batch
),

built as (
    -- a run that was cut off from what has been landed is nothing to build on
    select
        {{ as_of_date() }} as as_of_date,
        {{ known_at() }} as known_at,
        newest.ledger_batch,
        newest.contact_batch,
        '{{ leakage_parameters() }}' as parameters,
        not exists (
            select 1 from ledger_batches
            where ledger_batches.recorded_at > {{ known_at() }}
        )
        and not exists (
            select 1 from contact_batches
            where contact_batches.recorded_at > {{ known_at() }}
        ) as is_whole,
        cast(null as date) as building_as_of_date,
        cast(null as timestamptz) as building_known_at
    from newest
)

select * from built
