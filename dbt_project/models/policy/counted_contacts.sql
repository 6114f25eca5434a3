{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'person_id']}]
    )
}}

with

caps as (
    -- the rules that bind the person, whether or not anything was counted
    select distinct
        person_id,
        rule_key
    from {{ ref('contact_caps') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind in ('frequency', 'cooldown')
),

contacts as (
    select * from {{ ref('recent_contacts') }}
),

persons as (
    select * from {{ ref('person_places') }}
),

by_zone as (
    select
        rules.rule_key,
        contacts.person_id,
        contacts.debt_unit,
        contacts.time_zone,
        count(distinct contacts.attempt_id)::integer as counted,
        array_agg(distinct contacts.attempt_id order by contacts.attempt_id) as attempt_ids
    from contacts
    inner join persons
        on contacts.person_id = persons.person_id
    inner join rules
        on
            contacts.medium = any(rules.media)
            and {{ recoup.is_in_window('contacts', 'rules') }}
            and case
                when rules.kind = 'cooldown'
                    then
                        contacts.is_conversation
                        and contacts.counts_by = 'debt'
                        and {{ recoup.binds_role('rules', 'persons.collector_roles') }}
                        and {{ recoup.protects_place('rules', 'persons.jurisdictions') }}
                else
                    contacts.is_counted
                    and ('any' = any(rules.point_types) or contacts.point_type = any(rules.point_types))
                    and {{ recoup.counts_for('contacts', 'rules') }}
            end
    left join caps
        on contacts.person_id = caps.person_id and rules.rule_key = caps.rule_key
    where rules.kind = 'cooldown' or caps.rule_key is not null
    group by rules.rule_key, contacts.person_id, contacts.debt_unit, contacts.time_zone
),

ranked as (
    -- the zone with the largest count decides; of equals the first by name
    select
        *,
        row_number() over (
            partition by rule_key, person_id, debt_unit
            order by counted desc, time_zone
        ) as place
    from by_zone
),

counted as (
    select
        {{ recoup.list_date() }} as list_date,
        ranked.person_id,
        ranked.debt_unit,
        rules.rule_id,
        ranked.rule_key,
        rules.kind,
        rules.citation,
        rules.window_days,
        rules.window_hours,
        rules.cap,
        ranked.counted,
        ranked.time_zone,
        ranked.attempt_ids
    from ranked
    inner join rules
        on ranked.rule_key = rules.rule_key
    where ranked.place = 1
)

select * from counted
