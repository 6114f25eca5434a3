with

persons as (
    select * from {{ ref('contactable_persons') }}
),

places as (
    select * from {{ ref('person_places') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

statuses as (
    select * from {{ ref('int_statuses__known') }}
),

limitations as (
    select * from {{ ref('limitations') }}
    where effect = 'block'
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'validation_required'
),

first_contacts as (
    -- who waits for which status about which debt
    select
        persons.account_id,
        persons.person_id,
        debts.debt_id,
        rules.rule_key,
        rules.trigger_codes
    from persons
    inner join debts
        on persons.account_id = debts.account_id
    inner join places
        on persons.person_id = places.person_id
    inner join rules
        on
            {{ recoup.binds_role('rules', 'debts.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
),

sent as (
    select
        person_id,
        account_id,
        debt_id,
        status
    from statuses
    where
        status in (select waited.status from rules cross join unnest(rules.trigger_codes) as waited (status))
        and from_at < {{ recoup.end_of_day(recoup.as_of_date()) }}
),

answered as (
    -- by what a statement names: each join is on one key
    select first_contacts.*
    from first_contacts
    inner join sent
        on
            first_contacts.debt_id = sent.debt_id
            and (sent.account_id is null or sent.account_id = first_contacts.account_id)
            and (sent.person_id is null or sent.person_id = first_contacts.person_id)
            and sent.status = any(first_contacts.trigger_codes)
    union
    select first_contacts.*
    from first_contacts
    inner join sent
        on
            first_contacts.account_id = sent.account_id
            and sent.debt_id is null
            and (sent.person_id is null or sent.person_id = first_contacts.person_id)
            and sent.status = any(first_contacts.trigger_codes)
    union
    select first_contacts.*
    from first_contacts
    inner join sent
        on
            first_contacts.person_id = sent.person_id
            and sent.debt_id is null
            and sent.account_id is null
            and sent.status = any(first_contacts.trigger_codes)
),

waiting as (
    select * from first_contacts
    except
    select * from answered
),

found as (
    select
        account_id,
        person_id,
        debt_id,
        rule_key,
        'no ' || array_to_string(trigger_codes, ' or ') || ' on record' as detail
    from waiting
    union all
    select
        account_id,
        person_id,
        debt_id,
        rule_key,
        min(
            case
                when default_on is null then 'the date of default is not on record'
                else 'time-barred since ' || barred_on
            end
            || ' (' || citation || ')'
        ) as detail
    from limitations
    group by account_id, person_id, debt_id, rule_key
),

blocks as (
    select
        {{ recoup.list_date() }} as list_date,
        account_id,
        person_id,
        cast(null as text) as contact_point_id,
        closed.channel,
        debt_id,
        found.rule_key,
        cast(null as timestamptz) as blocked_from_utc,
        cast(null as timestamptz) as blocked_until_utc,
        found.detail
    from found
    inner join {{ ref('rules_in_force') }} as closing
        on found.rule_key = closing.rule_key
    {{ recoup.closed_channels('closing') }}
)

select * from blocks
