-- depends_on: {{ ref('int_leakage__accounts') }}
{{
    config(
        incremental_strategy='replace_accounts',
        indexes=[{'columns': ['account_id']}, {'columns': ['event_id']}]
    )
}}

with

evidence as (
    select * from {{ ref('int_leakage__evidence') }}
),

summed as (
    -- one row of the ledger may stand for several cents of an event
    select
        event_id,
        account_id,
        entity,
        entity_key,
        role,
        anchor,
        currency,
        sum(at_risk_cents)::bigint as at_risk_cents,
        sum(recovered_cents)::bigint as recovered_cents
    from evidence
    group by event_id, account_id, entity, entity_key, role, anchor, currency
),

converted as (
    select
        event_id,
        account_id,
        entity,
        entity_key,
        role,
        anchor,
        currency,
        {{ amount('at_risk_cents', 'currency') }} as at_risk_amount,
        {{ amount('recovered_cents', 'currency') }} as recovered_amount
    from summed
)

select * from converted
