{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}, {'columns': ['event_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

allocations as (
    select * from {{ ref('int_leakage__allocations') }}
    where at_risk_cents > 0
),

uses as (
    select * from {{ ref('int_leakage__recoveries') }}
    where is_recovery
),

facts as (
    select * from {{ ref('int_leakage__facts') }}
),

proofs as (
    select
        facts.event_id,
        facts.account_id,
        facts.currency,
        facts.entity,
        facts.entity_key,
        facts.role,
        facts.anchor,
        max(allocations.at_risk_cents) as at_risk_cents,
        0::bigint as recovered_cents
    from facts
    left join allocations on facts.event_id = allocations.event_id and facts.anchor = allocations.anchor
    where
        facts.event_id in (select standing.event_id from allocations as standing)
        and facts.detected_on <= {{ as_of_date() }}
    group by
        facts.event_id,
        facts.account_id,
        facts.currency,
        facts.entity,
        facts.entity_key,
        facts.role,
        facts.anchor
),

recoveries as (
    select
        allocations.event_id,
        allocations.account_id,
        allocations.currency,
        uses.entity,
        uses.entity_key,
        'recovery' as role,
        allocations.anchor,
        0::bigint as at_risk_cents,
        {{ count_cents('allocations.allocated_cents * ' ~ cents_between('uses.begins', 'uses.ends')) }}
            as recovered_cents
    from allocations
    inner join uses on allocations.anchor = uses.anchor
),

evidence as (
    select * from proofs
    union all
    select * from recoveries
    where recovered_cents > 0
),

described as (
    select
        event_id,
        account_id,
        currency,
        entity,
        entity_key,
        role,
        anchor,
        coalesce(at_risk_cents, 0) as at_risk_cents,
        recovered_cents
    from evidence
)

select * from described
