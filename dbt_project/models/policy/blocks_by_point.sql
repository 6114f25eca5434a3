with

candidates as (
    select * from {{ ref('contact_candidates') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind in ('point', 'place', 'consent_refused', 'consent_required')
),

places as (
    select * from {{ ref('person_places') }}
),

consents as (
    select * from {{ ref('consents_in_scope') }}
),

statuses as (
    select * from {{ ref('int_statuses__active') }}
),

bound as (
    select
        candidates.*,
        rules.rule_key,
        rules.kind,
        rules.scope,
        rules.window_days,
        rules.trigger_codes
    from candidates
    inner join places
        on candidates.person_id = places.person_id
    inner join rules
        on
            candidates.channel = any(rules.media)
            and ('any' = any(rules.point_types) or candidates.point_type = any(rules.point_types))
            and {{ recoup.binds_role('rules', 'candidates.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
),

wrong_type as (
    select
        bound.account_id,
        bound.person_id,
        bound.contact_point_id,
        bound.channel,
        bound.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        'contact point of type ' || bound.point_type as detail
    from bound
    where bound.kind = 'point'
),

stated_places as (
    select * from statuses
    where
        status in (
            select triggering.status
            from rules
            cross join unnest(rules.trigger_codes) as triggering (status)
            where rules.kind = 'place'
        )
),

places_of_points as (
    select
        bound.*,
        stated_places.detail,
        stated_places.from_at
    from bound
    inner join stated_places
        on
            bound.person_id = stated_places.person_id
            and (stated_places.account_id is null or bound.account_id = stated_places.account_id)
    where bound.kind = 'place'
    union all
    select
        bound.*,
        stated_places.detail,
        stated_places.from_at
    from bound
    inner join stated_places
        on bound.account_id = stated_places.account_id and stated_places.person_id is null
    where bound.kind = 'place'
),

inconvenient_places as (
    -- a place that cannot be read closes every point: the statement was made, and we do not know which one it means
    select
        account_id,
        person_id,
        contact_point_id,
        channel,
        rule_key,
        from_at as blocked_from_utc,
        case
            when detail in ('work', 'home', 'mobile') then 'inconvenient place: ' || detail
            else 'a stated place cannot be read'
        end as detail
    from places_of_points
    where
        detail = point_type
        or coalesce(detail not in ('work', 'home', 'mobile'), true)
),

refused_points as (
    select
        bound.account_id,
        bound.person_id,
        bound.contact_point_id,
        bound.channel,
        bound.rule_key,
        consents.consented_at as blocked_from_utc,
        consents.medium || ' ' || consents.state || ' (' || consents.purpose || ')' as detail
    from bound
    inner join consents
        on bound.contact_point_id = consents.contact_point_id and bound.channel = consents.medium
    where bound.kind = 'consent_refused' and bound.scope = 'contact_point' and consents.state <> 'given'
),

refused_media as (
    select
        bound.account_id,
        bound.person_id,
        bound.contact_point_id,
        bound.channel,
        bound.rule_key,
        consents.consented_at as blocked_from_utc,
        consents.medium || ' ' || consents.state || ' (' || consents.purpose || ')' as detail
    from bound
    inner join consents
        on bound.person_id = consents.person_id and bound.channel = consents.medium
    where
        bound.kind = 'consent_refused'
        and bound.scope = 'person'
        and consents.contact_point_id is null
        and consents.state <> 'given'
),

consent_missing as (
    select
        bound.account_id,
        bound.person_id,
        bound.contact_point_id,
        bound.channel,
        bound.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        'no consent or check on record' || coalesce(' of the last ' || bound.window_days || ' days', '') as detail
    from bound
    where
        bound.kind = 'consent_required'
        and not exists (
            select 1
            from consents
            where
                consents.medium = bound.channel
                and consents.state = 'given'
                and (
                    consents.contact_point_id = bound.contact_point_id
                    or (consents.contact_point_id is null and consents.person_id = bound.person_id)
                )
                and (
                    bound.window_days is null
                    or {{ recoup.local_date('consents.consented_at') }} > {{ recoup.list_date() }} - bound.window_days
                )
        )
        and not coalesce(
            bound.window_days is not null
            and {{ recoup.local_date('bound.verified_at') }} > {{ recoup.list_date() }} - bound.window_days,
            false
        )
),

found as (
    select * from wrong_type
    union all
    select * from inconvenient_places
    union all
    select * from refused_points
    union all
    select * from refused_media
    union all
    select * from consent_missing
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        account_id,
        person_id,
        contact_point_id,
        channel,
        cast(null as text) as debt_id,
        rule_key,
        min(blocked_from_utc) as blocked_from_utc,
        cast(null as timestamptz) as blocked_until_utc,
        min(detail) as detail
    from found
    group by account_id, person_id, contact_point_id, channel, rule_key
)

select * from blocks
