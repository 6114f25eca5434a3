{{ config(materialized='view') }}

with

contacts as (
    select * from {{ source('published_lists', 'contact_priority') }}
),

newest as (
    select
        list_date,
        max(list_version) as list_version
    from {{ source('published_lists', 'manifest') }}
    group by list_date
),

by_hour as (
    select
        contacts.list_date,
        extract(
            hour from contacts.assigned_slot_start_utc at time zone '{{ var("time_zone") }}'
        )::integer as local_hour,
        count(*) as accounts
    from contacts
    inner join newest
        on contacts.list_date = newest.list_date and contacts.list_version = newest.list_version
    group by 1, 2
)

select * from by_hour
