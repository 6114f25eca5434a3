-- An account past due that nobody may contact must say why; one without either would silently fall out of both lists.
with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

eligible as (
    select distinct account_id from {{ ref('eligible_contacts') }}
    where list_date = {{ recoup.list_date() }}
),

reasons as (
    select distinct account_id from {{ ref('block_reasons') }}
    where list_date = {{ recoup.list_date() }}
),

unexplained as (
    select population.account_id
    from population
    left join eligible
        on population.account_id = eligible.account_id
    left join reasons
        on population.account_id = reasons.account_id
    where eligible.account_id is null and reasons.account_id is null
)

select * from unexplained
