-- An account without an arm could be listed without being part of the experiment.
with

population as (
    select account_id from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

arms as (
    select account_id from {{ ref('experiment_arms') }}
    where list_date = {{ recoup.list_date() }}
),

unmatched as (
    select coalesce(population.account_id, arms.account_id) as account_id
    from population
    full outer join arms
        on population.account_id = arms.account_id
    where population.account_id is null or arms.account_id is null
)

select * from unmatched
