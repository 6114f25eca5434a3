{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}, {'columns': ['event_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

claims as (
    select * from {{ ref('int_leakage__allocations') }}
),

allocations as (
    select * from claims
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

taken as (
    -- all of its cents are another event's: it is no event of its own, and stands on the other
    select event_id from claims
    group by event_id
    having max(at_risk_cents) = 0
),

also as (
    select distinct
        allocations.event_id,
        allocations.account_id,
        allocations.currency,
        facts.subject_entity as entity,
        facts.subject_key as entity_key,
        'also ' || facts.cause as role,
        cast(null as text) as anchor,
        0::bigint as at_risk_cents,
        0::bigint as recovered_cents
    from taken
    inner join claims on taken.event_id = claims.event_id
    inner join allocations
        on
            claims.anchor = allocations.anchor
            and claims.claimed_cents && allocations.allocated_cents
    inner join facts on taken.event_id = facts.event_id and facts.detected_on <= {{ as_of_date() }}
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
    select * from also
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
