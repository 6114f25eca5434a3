{{
    config(
        materialized='table',
        indexes=[{'columns': ['event_id']}, {'columns': ['anchor']}],
        post_hook='analyze {{ this }}'
    )
}}

with

facts as (
    select * from {{ ref('int_leakage__facts') }}
),

uses as (
    select * from {{ ref('int_leakage__recoveries') }}
),

claims as (
    select
        facts.event_id,
        facts.account_id,
        facts.cause,
        facts.currency,
        facts.arose_on,
        facts.subject_key,
        facts.anchor,
        facts.since_on,
        facts.at_risk_cents
    from facts
    where
        facts.account_id in (select scope.account_id from {{ ref('int_leakage__accounts') }} as scope)
        and facts.detected_on <= {{ as_of_date() }}
        and facts.at_risk_cents > 0
),

placed as (
    -- the cents of an anchor lie in a row, used up from the first: a claim begins where the uses before it end
    select
        claims.event_id,
        claims.account_id,
        claims.cause,
        claims.currency,
        claims.arose_on,
        claims.subject_key,
        claims.anchor,
        claims.at_risk_cents,
        coalesce(max(uses.ends), 0) as begins
    from claims
    left join uses
        on claims.anchor = uses.anchor and uses.used_on < claims.since_on
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

credited as (
    select
        anchor,
        range_agg(int8range(begins, ends)) as cents
    from uses
    where not is_recovery
    group by anchor
),

claimed as (
    select
        placed.event_id,
        placed.account_id,
        placed.cause,
        placed.currency,
        placed.arose_on,
        placed.subject_key,
        placed.anchor,
        {{ cents_between('placed.begins', 'placed.begins + placed.at_risk_cents') }}
        - coalesce(credited.cents, int8multirange()) as claimed_cents
    from placed
    left join credited on placed.anchor = credited.anchor
),

allocated as (
    -- no cent twice: what a cause before this one has claimed of the anchor is its own
    select
        *,
        claimed_cents - coalesce(
            range_agg(claimed_cents) over (
                partition by anchor
                order by {{ leakage_cause_order('cause') }}, arose_on, subject_key, event_id
                rows between unbounded preceding and 1 preceding
            ), int8multirange()
        ) as allocated_cents
    from claimed
),

named as (
    select
        allocated.event_id,
        allocated.account_id,
        allocated.cause,
        allocated.currency,
        allocated.anchor,
        allocated.claimed_cents,
        allocated.allocated_cents,
        {{ count_cents('allocated.allocated_cents') }} as at_risk_cents
    from allocated
)

select * from named
