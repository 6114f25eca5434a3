{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'}
    )
}}

with

rules as (
    select * from {{ ref('rules_in_force') }}
),

hashed as (
    -- any word of any rule in force that day changes the version
    select
        list_date,
        md5(string_agg(rule_key, '|' order by rule_key)) as rule_version,
        count(*)::integer as rule_count
    from rules
    group by list_date
)

select * from hashed
