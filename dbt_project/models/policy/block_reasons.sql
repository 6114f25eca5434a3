{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

rules as (
    select * from {{ ref('rules_in_force') }}
),

blocks as (
    select * from {{ ref('blocks_by_status') }}
    union all
    select * from {{ ref('blocks_by_point') }}
    union all
    select * from {{ ref('blocks_by_frequency') }}
    union all
    select * from {{ ref('blocks_by_hours') }}
    union all
    select * from {{ ref('blocks_by_data') }}
),

explained as (
    select
        blocks.list_date,
        blocks.account_id,
        -- what holds for the whole account is shown under the person who owes it
        coalesce(blocks.person_id, population.person_id) as person_id,
        blocks.contact_point_id,
        blocks.channel,
        blocks.debt_id,
        case
            when blocks.contact_point_id is not null then 'contact_point'
            when blocks.debt_id is not null then 'debt'
            when blocks.person_id is not null then 'person'
            else 'account'
        end as level,
        rules.rule_id,
        rules.reason,
        rules.citation,
        rules.precedence,
        blocks.blocked_from_utc,
        blocks.blocked_until_utc,
        blocks.detail
    from blocks
    inner join population
        on blocks.account_id = population.account_id
    inner join rules
        on blocks.rule_key = rules.rule_key
)

select * from explained
