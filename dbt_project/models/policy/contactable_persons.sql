{{ config(post_hook='analyze {{ this }}') }}

with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

parties as (
    select * from {{ ref('int_persons_on_accounts') }}
),

statuses as (
    select * from {{ ref('int_statuses__active') }}
),

account_roles as (
    select
        debts.account_id,
        array_agg(distinct collecting.role) as collector_roles
    from {{ ref('debts_in_scope') }} as debts
    cross join unnest(debts.collector_roles) as collecting (role)
    group by debts.account_id
),

members as (
    select
        parties.account_id,
        parties.person_id,
        parties.role,
        coalesce(parties.person_id = population.person_id, false) as is_primary
    from parties
    inner join population
        on parties.account_id = population.account_id
),

replaced as (
    -- a guardian speaks for a minor and an executor for the dead; neither is contacted while the obligor can be
    select
        members.account_id,
        bool_or(statuses.status = 'minor') as has_minor,
        bool_or(statuses.status = 'deceased') as has_deceased
    from members
    inner join statuses
        on members.person_id = statuses.person_id
    where members.role in ('obligor', 'co_signer') and statuses.status in ('minor', 'deceased')
    group by members.account_id
),

contactable as (
    select
        {{ recoup.list_date() }} as list_date,
        members.account_id,
        members.person_id,
        min(members.role) as role,
        bool_or(members.is_primary) as is_primary,
        account_roles.collector_roles
    from members
    inner join account_roles
        on members.account_id = account_roles.account_id
    left join replaced
        on members.account_id = replaced.account_id
    where
        members.role in ('obligor', 'co_signer')
        or (members.role = 'guardian' and replaced.has_minor)
        or (members.role = 'executor' and replaced.has_deceased)
    group by members.account_id, members.person_id, account_roles.collector_roles
)

select * from contactable
