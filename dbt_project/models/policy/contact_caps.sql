{{ config(post_hook='analyze {{ this }}') }}

with

candidates as (
    select * from {{ ref('contact_candidates') }}
),

persons as (
    select * from {{ ref('person_places') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'frequency'
),

contacts as (
    select * from {{ ref('recent_contacts') }}
    where is_counted
),

capped as (
    -- every cap that binds a candidate, also one that nothing has been counted against
    select
        candidates.account_id,
        candidates.person_id,
        candidates.contact_point_id,
        candidates.channel,
        debts.debt_id,
        case when rules.unit not in ('person', 'person_or_spouse') then debts.debt_unit end as counted_unit,
        rules.rule_key,
        rules.cap,
        'any' = any(rules.point_types) as is_for_every_point
    from candidates
    inner join debts
        on candidates.account_id = debts.account_id
    inner join persons
        on candidates.person_id = persons.person_id
    inner join rules
        on
            candidates.channel = any(rules.media)
            and ('any' = any(rules.point_types) or candidates.point_type = any(rules.point_types))
            and {{ recoup.binds_role('rules', 'debts.collector_roles') }}
            and {{ recoup.protects_place('rules', 'persons.jurisdictions') }}
),

counted_by_zone as (
    select
        rules.rule_key,
        rules.window_days,
        rules.window_hours,
        rules.cap,
        contacts.person_id,
        contacts.debt_unit,
        contacts.time_zone,
        count(distinct contacts.attempt_id)::integer as counted,
        array_agg(contacts.local_date order by contacts.local_date) as local_dates,
        array_agg(contacts.started_at order by contacts.started_at) as instants
    from contacts
    inner join rules
        on
            contacts.medium = any(rules.media)
            and ('any' = any(rules.point_types) or contacts.point_type = any(rules.point_types))
            and {{ recoup.counts_for('contacts', 'rules') }}
            and {{ recoup.is_in_window('contacts', 'rules') }}
    group by
        rules.rule_key,
        rules.window_days,
        rules.window_hours,
        rules.cap,
        contacts.person_id,
        contacts.debt_unit,
        contacts.time_zone
),

counted as (
    -- the zone with the largest count decides, and the last one in which the count falls below the cap again
    select
        rule_key,
        person_id,
        debt_unit,
        max(counted) as counted,
        max(
            case
                when counted >= cap and window_hours is not null
                    then instants[counted - cap + 1] + window_hours * interval '1 hour'
                when counted >= cap
                    then (local_dates[counted - cap + 1] + window_days)::timestamp at time zone time_zone
            end
        ) as free_at
    from counted_by_zone
    group by rule_key, person_id, debt_unit
),

caps as (
    select
        {{ recoup.list_date() }} as list_date,
        capped.account_id,
        capped.person_id,
        capped.contact_point_id,
        capped.channel,
        capped.debt_id,
        capped.rule_key,
        capped.is_for_every_point,
        capped.cap,
        coalesce(counted.counted, 0) as counted,
        greatest(capped.cap - coalesce(counted.counted, 0), 0) as attempts_remaining,
        counted.free_at
    from capped
    left join counted
        on
            capped.rule_key = counted.rule_key
            and capped.person_id = counted.person_id
            and capped.counted_unit is not distinct from counted.debt_unit
)

select * from caps
