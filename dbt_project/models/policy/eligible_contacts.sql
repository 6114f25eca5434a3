{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        meta={'partition': 'list_date'},
        indexes=[{'columns': ['list_date', 'account_id']}, {'columns': ['list_date', 'contact_point_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

candidates as (
    select * from {{ ref('contact_candidates') }}
),

debts as (
    select * from {{ ref('debts_in_scope') }}
),

blocks as (
    select * from {{ ref('block_reasons') }}
    where list_date = {{ recoup.list_date() }}
),

caps as (
    select
        account_id,
        contact_point_id,
        debt_id,
        min(attempts_remaining) as attempts_remaining
    from {{ ref('contact_caps') }}
    group by account_id, contact_point_id, debt_id
),

places as (
    select * from {{ ref('person_places') }}
),

windows as (
    select * from {{ ref('contact_windows') }}
    where list_date = {{ recoup.list_date() }}
),

about_debts as (
    select
        candidates.account_id,
        candidates.person_id,
        candidates.contact_point_id,
        candidates.channel,
        debts.debt_id
    from candidates
    inner join debts
        on candidates.account_id = debts.account_id
),

unblocked as (
    select about_debts.*
    from about_debts
    where
        not exists (
            select 1
            from blocks
            where
                blocks.account_id = about_debts.account_id
                and (blocks.level = 'account' or blocks.person_id = about_debts.person_id)
                and (blocks.contact_point_id is null or blocks.contact_point_id = about_debts.contact_point_id)
                and (blocks.channel is null or blocks.channel = about_debts.channel)
                and (blocks.debt_id is null or blocks.debt_id = about_debts.debt_id)
        )
),

eligible as (
    select
        unblocked.account_id,
        unblocked.person_id,
        unblocked.contact_point_id,
        unblocked.channel,
        array_remove(array_agg(unblocked.debt_id order by unblocked.debt_id), null) as debt_ids,
        min(caps.attempts_remaining) as attempts_remaining
    from unblocked
    left join caps
        on
            unblocked.account_id = caps.account_id
            and unblocked.contact_point_id = caps.contact_point_id
            and unblocked.debt_id is not distinct from caps.debt_id
    group by unblocked.account_id, unblocked.person_id, unblocked.contact_point_id, unblocked.channel
),

disclosures as (
    -- what has to be said with a contact about a debt
    select
        account_id,
        person_id,
        debt_id,
        rule_id
    from {{ ref('limitations') }}
    where effect = 'disclose'
),

queues as (
    select * from {{ ref('contact_queues') }}
),

owed_disclosures as (
    select
        unblocked.account_id,
        unblocked.contact_point_id,
        array_agg(distinct disclosures.rule_id order by disclosures.rule_id) as disclosures
    from unblocked
    inner join disclosures
        on
            unblocked.account_id = disclosures.account_id
            and unblocked.person_id = disclosures.person_id
            and unblocked.debt_id is not distinct from disclosures.debt_id
    group by unblocked.account_id, unblocked.contact_point_id
),

open_windows as (
    select
        eligible.*,
        places.time_zone_set,
        places.primary_time_zone,
        coalesce(queues.queue, 'standard') as queue,
        coalesce(owed_disclosures.disclosures, cast(array[] as text[])) as disclosures,
        case
            -- a letter is not bound to hours: it may go out during the company's whole list date
            when eligible.channel = 'letter'
                then tstzmultirange(
                    tstzrange(
                        {{ recoup.end_of_day(recoup.as_of_date()) }}, {{ recoup.end_of_day(recoup.list_date()) }}, '[)'
                    )
                )
            else windows.allowed_windows_utc
        end as allowed_windows_utc
    from eligible
    inner join places
        on eligible.person_id = places.person_id
    left join windows
        on eligible.person_id = windows.person_id and eligible.channel = windows.channel
    left join queues
        on eligible.account_id = queues.account_id and eligible.person_id = queues.person_id
    left join owed_disclosures
        on
            eligible.account_id = owed_disclosures.account_id
            and eligible.contact_point_id = owed_disclosures.contact_point_id
),

published as (
    select
        {{ recoup.list_date() }} as list_date,
        account_id,
        person_id,
        contact_point_id,
        channel,
        debt_ids,
        -- a medium that no rule caps: once on the day
        coalesce(attempts_remaining, 1) as attempts_remaining,
        allowed_windows_utc,
        time_zone_set,
        primary_time_zone,
        upper(allowed_windows_utc) as valid_until_utc,
        queue,
        disclosures
    from open_windows
)

select * from published
