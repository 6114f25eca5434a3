{{ config(materialized='view') }}

with

excluded as (
    select * from {{ source('published_lists', 'excluded') }}
),

newest as (
    select
        list_date,
        max(list_version) as list_version
    from {{ source('published_lists', 'manifest') }}
    group by list_date
),

by_reason as (
    select
        excluded.list_date,
        excluded.reason,
        excluded.rule_id,
        excluded.citation,
        count(distinct excluded.account_id) as accounts
    from excluded
    inner join newest
        on excluded.list_date = newest.list_date and excluded.list_version = newest.list_version
    group by excluded.list_date, excluded.reason, excluded.rule_id, excluded.citation
)

select * from by_reason
