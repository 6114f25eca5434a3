with

debts as (
    select * from {{ ref('debts_in_scope') }}
),

persons as (
    select * from {{ ref('contactable_persons') }}
),

places as (
    select * from {{ ref('person_places') }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
    where kind = 'time_barred'
),

periods as (
    select * from {{ ref('limitation_periods') }}
    where effective_from <= {{ recoup.list_date() }}
),

passed as (
    -- a debt whose date of default nobody knows may be older than any period
    select
        {{ recoup.list_date() }} as list_date,
        debts.account_id,
        persons.person_id,
        debts.debt_id,
        rules.rule_key,
        rules.rule_id,
        periods.effect,
        periods.citation,
        debts.default_on,
        cast(debts.default_on + periods.years * interval '1 year' as date) as barred_on
    from debts
    inner join persons
        on debts.account_id = persons.account_id
    inner join places
        on persons.person_id = places.person_id
    inner join rules
        on
            {{ recoup.binds_role('rules', 'debts.collector_roles') }}
            and {{ recoup.protects_place('rules', 'places.jurisdictions') }}
    inner join periods
        on
            periods.jurisdiction = any(places.jurisdictions)
            and periods.debt_kind in ('any', debts.debt_kind)
    where
        debts.default_on is null
        or cast(debts.default_on + periods.years * interval '1 year' as date) <= {{ recoup.list_date() }}
)

select * from passed
