-- Of the accounts that the run looked at: an event without evidence, or evidence that names a row nobody delivered.
with

events as (
    select * from {{ ref('int_leakage__events') }}
),

evidence as (
    select * from {{ ref('int_leakage__evidence') }}
),

named as (
    select distinct
        event_id,
        entity,
        entity_key,
        case when entity = 'accounts' then split_part(entity_key, '|', 1) else entity_key end as row_key
    from evidence
),

delivered as (
    {% for entity, key in [
        ('accounts', 'account_id'), ('invoices', 'invoice_id'), ('invoice_lines', 'line_id'),
        ('payments', 'payment_id'), ('applications', 'application_id'), ('adjustments', 'adjustment_id'),
        ('disputes', 'dispute_id'), ('usage', '_key')
    ] -%}
    select '{{ entity }}' as entity, held.{{ key }} as row_key
    from {{ ref('stg_ledger__' ~ entity) }} as held
    where held.{{ key }} in (select named.row_key from named where named.entity = '{{ entity }}')
    union
    {% endfor -%}
    select 'promises' as entity, held.promise_id as row_key
    from {{ ref('stg_contact__promises') }} as held
),

unproved as (
    select event_id, cause as what from events
    where event_id not in (select named.event_id from named)
),

unknown as (
    select named.event_id, named.entity || ' ' || named.entity_key as what
    from named
    left join delivered on named.entity = delivered.entity and named.row_key = delivered.row_key
    where delivered.row_key is null
),

failing as (
    select * from unproved
    union all
    select * from unknown
)

select * from failing
