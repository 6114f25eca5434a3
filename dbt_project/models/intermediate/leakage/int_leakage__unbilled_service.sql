with

services as (
    -- a period in which nothing was billed at all is a gap in the calendar, with everything in it
    select
        *,
        account_id || '|' || item || '|' || service_from as service_key
    from {{ ref('int_leakage__services') }}
    where hole_from is null
),

rows_of_evidence as (
    select
        service_key,
        'subject' as role,
        'accounts' as entity,
        service_key as entity_key,
        'service|' || service_key as anchor,
        owed_cents as at_risk_cents
    from services
    union all
    select
        service_key,
        'delivered' as role,
        'usage' as entity,
        account_id || '|' || item || '|' || service_from || '|' || service_to as entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from services
    where evidence_entity = 'usage'
),

facts as (
    select
        'unbilled_service' as cause,
        services.account_id,
        services.currency,
        'accounts' as subject_entity,
        services.service_key as subject_key,
        services.service_to + 1 as arose_on,
        greatest(services.missed_on, services.service_to + 1) as detected_on,
        case when services.evidence_entity = 'usage' then 'usage not billed: ' else 'contract item not billed: ' end
        || services.item as detail,
        rows_of_evidence.role,
        rows_of_evidence.entity,
        rows_of_evidence.entity_key,
        rows_of_evidence.anchor,
        services.service_to + 1 as since_on,
        rows_of_evidence.at_risk_cents
    from services
    inner join rows_of_evidence on services.service_key = rows_of_evidence.service_key
)

select * from facts
