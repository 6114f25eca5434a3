with

caps as (
    select * from {{ ref('contact_caps') }}
),

contacts as (
    select * from {{ ref('recent_contacts') }}
    where is_conversation and counts_by = 'debt'
),

persons as (
    select * from {{ ref('contactable_persons') }}
),

places as (
    select * from {{ ref('person_places') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'cooldown'
),

reached_caps as (
    select distinct
        caps.account_id,
        caps.person_id,
        case when not caps.is_for_every_point then caps.contact_point_id end as contact_point_id,
        caps.channel,
        caps.debt_id,
        caps.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        caps.free_at as blocked_until_utc,
        caps.counted || ' of ' || caps.cap || ' attempts made' as detail
    from caps
    where caps.attempts_remaining = 0
),

cooling as (
    select
        persons.account_id,
        persons.person_id,
        debts.debt_id,
        rules.rule_key,
        max(contacts.local_date) as spoke_on,
        max((contacts.local_date + rules.window_days)::timestamp at time zone contacts.time_zone) as blocked_until_utc
    from contacts
    inner join persons
        on contacts.person_id = persons.person_id
    inner join places
        on contacts.person_id = places.person_id
    inner join debts
        on persons.account_id = debts.account_id and contacts.debt_unit = debts.debt_unit
    inner join rules
        on
            contacts.medium = any(rules.media)
            -- day 1 is the day of the conversation, in the zone where that day is the latest
            and contacts.local_date > {{ recoup.list_date() }} - rules.window_days
            and {{ recoup.binds_role('rules', 'debts.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
    group by persons.account_id, persons.person_id, debts.debt_id, rules.rule_key
),

cooling_channels as (
    select
        cooling.account_id,
        cooling.person_id,
        cast(null as text) as contact_point_id,
        closed.channel,
        cooling.debt_id,
        cooling.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        cooling.blocked_until_utc,
        'conversation on ' || cooling.spoke_on as detail
    from cooling
    inner join rules
        on cooling.rule_key = rules.rule_key
    {{ recoup.closed_channels('rules') }}
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        found.account_id,
        found.person_id,
        found.contact_point_id,
        found.channel,
        found.debt_id,
        found.rule_key,
        found.blocked_from_utc,
        found.blocked_until_utc,
        found.detail
    from (
        select * from reached_caps
        union all
        select * from cooling_channels
    ) as found
)

select * from blocks
