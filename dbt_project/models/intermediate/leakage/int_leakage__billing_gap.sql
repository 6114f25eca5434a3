with

services as (
    select
        *,
        account_id || '|' || item || '|' || service_from as service_key,
        account_id || '|' || hole_from as gap_key
    from {{ ref('int_leakage__services') }}
    where hole_from is not null
),

gaps as (
    select
        gap_key,
        min(service_to) + 1 as arose_on,
        min(missed_on) as detected_on
    from services
    group by gap_key
),

periods as (
    select
        gap_key,
        account_id || '|' || service_from as entity_key,
        min(missed_on) as missed_on
    from services
    group by gap_key, account_id, service_from
),

rows_of_evidence as (
    select
        gap_key,
        missed_on,
        'service' as role,
        'accounts' as entity,
        service_key as entity_key,
        'service|' || service_key as anchor,
        owed_cents as at_risk_cents
    from services
    union all
    select
        gap_key,
        missed_on,
        'subject' as role,
        'accounts' as entity,
        entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from periods
    union all
    select
        gap_key,
        missed_on,
        'delivered' as role,
        'usage' as entity,
        account_id || '|' || item || '|' || service_from || '|' || service_to as entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from services
    where evidence_entity = 'usage'
),

owners as (
    select distinct gap_key, account_id, currency from services
),

facts as (
    select
        'billing_gap' as cause,
        owners.account_id,
        owners.currency,
        'accounts' as subject_entity,
        gaps.gap_key as subject_key,
        gaps.arose_on,
        rows_of_evidence.missed_on as detected_on,
        'no bill for a period' as detail,
        rows_of_evidence.role,
        rows_of_evidence.entity,
        rows_of_evidence.entity_key,
        rows_of_evidence.anchor,
        gaps.arose_on as since_on,
        rows_of_evidence.at_risk_cents
    from gaps
    inner join owners on gaps.gap_key = owners.gap_key
    inner join rows_of_evidence on gaps.gap_key = rows_of_evidence.gap_key
)

select * from facts
