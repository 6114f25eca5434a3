{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'account_id']}]
    )
}}

with

population as (
    select * from {{ ref('population') }}
    where list_date = {{ recoup.list_date() }}
),

drawn as (
    -- 32 bits of a seeded hash as a number in [0, 1): the same person draws the same on every day and every account
    select
        list_date,
        account_id,
        person_id,
        ('x' || left(md5('{{ var("experiment_seed") }}:' || coalesce(person_id, account_id)), 8))::bit(32)::bigint
        / 4294967296.0 as draw
    from population
),

assigned as (
    select
        list_date,
        account_id,
        person_id,
        case
            when draw < {{ var('control_share') }} then 'control'
            when draw < {{ var('control_share') }} + {{ var('explore_share') }} then 'explore'
            else 'treated'
        end as arm
    from drawn
)

select * from assigned
