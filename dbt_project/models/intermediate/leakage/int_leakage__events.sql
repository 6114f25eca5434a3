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
),

facts as (
    select * from {{ ref('int_leakage__facts') }}
),

evidence as (
    select * from {{ ref('int_leakage__evidence') }}
),

amounts as (
    select
        event_id,
        sum(at_risk_cents)::bigint as at_risk_cents,
        sum(recovered_cents)::bigint as recovered_cents
    from evidence
    where event_id in (select standing.event_id from allocations as standing)
    group by event_id
),

descriptions as (
    select
        event_id,
        cause,
        account_id,
        currency,
        subject_entity,
        subject_key,
        min(arose_on) as arose_on,
        min(detected_on) as detected_on,
        min(detail) as detail
    from facts
    where
        event_id in (select amounts.event_id from amounts)
        and detected_on <= {{ as_of_date() }}
    group by event_id, cause, account_id, currency, subject_entity, subject_key
),

shared as (
    -- another cause that fits the same cents
    select
        mine.event_id,
        array_agg(distinct other.cause order by other.cause) as other_causes
    from allocations as mine
    inner join allocations as other
        on
            mine.anchor = other.anchor
            and mine.cause <> other.cause
            and mine.claimed_cents && other.claimed_cents
    group by mine.event_id
),

events as (
    select
        descriptions.event_id,
        descriptions.cause,
        descriptions.account_id,
        descriptions.currency,
        amounts.at_risk_cents,
        amounts.recovered_cents,
        descriptions.arose_on,
        descriptions.detected_on,
        coalesce(shared.other_causes, cast(array[] as text[])) as other_causes,
        descriptions.subject_entity,
        descriptions.subject_key,
        descriptions.detail
    from descriptions
    inner join amounts on descriptions.event_id = amounts.event_id
    left join shared on descriptions.event_id = shared.event_id
)

select * from events
