{{ config(materialized='view') }}

with

manifests as (
    select * from {{ source('published_lists', 'manifest') }}
),

contacts as (
    select * from {{ source('published_lists', 'contact_priority') }}
),

newest as (
    select
        list_date,
        max(list_version) as list_version
    from manifests
    group by list_date
),

sums as (
    select
        contacts.list_date,
        contacts.currency,
        count(*) as contacts_in_currency,
        sum(contacts.past_due_amount) as past_due_amount,
        sum(contacts.uplift_amount) as uplift_amount,
        sum(contacts.cost_amount) as cost_amount
    from contacts
    inner join newest
        on contacts.list_date = newest.list_date and contacts.list_version = newest.list_version
    group by contacts.list_date, contacts.currency
),

largest as (
    -- amounts of several currencies are never added up: the row shows the one with the most contacts
    select
        *,
        row_number() over (partition by list_date order by contacts_in_currency desc, currency) as place
    from sums
),

overview as (
    select
        manifests.list_date,
        manifests.as_of_date,
        manifests.list_version,
        manifests.rows as rows_listed,
        manifests.excluded as accounts_excluded,
        manifests.population,
        largest.currency,
        largest.past_due_amount,
        largest.uplift_amount,
        largest.cost_amount,
        manifests.rule_version,
        manifests.model_version,
        manifests.sha256,
        manifests.published_at
    from manifests
    inner join newest
        on manifests.list_date = newest.list_date and manifests.list_version = newest.list_version
    left join largest
        on manifests.list_date = largest.list_date and largest.place = 1
)

select * from overview
