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
    select * from {{ ref('blocks_by_debt') }}
    union all
    select * from {{ ref('blocks_by_point') }}
    union all
    select * from {{ ref('blocks_by_frequency') }}
    union all
    select * from {{ ref('blocks_by_hours') }}
    union all
    select * from {{ ref('blocks_by_data') }}
),

named as (
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
        rules.effective_from,
        rules.rule_key,
        blocks.blocked_from_utc,
        blocks.blocked_until_utc,
        blocks.detail
    from blocks
    inner join population
        on blocks.account_id = population.account_id
    inner join rules
        on blocks.rule_key = rules.rule_key
),

spans as (
    -- A rule has a row for each set of collector roles. Where the company's role and a debt's both bind, it is one
    -- reason: the law's row is shown, which begins when the law does (a policy of ours always was), over the longer
    -- span.
    select
        named.*,
        row_number() over (same_rule order by precedence, effective_from desc, rule_key, level) as place,
        min(blocked_from_utc) over same_rule as earliest_from_utc,
        max(coalesce(blocked_until_utc, 'infinity')) over same_rule as latest_until_utc
    from named
    window same_rule as (partition by account_id, person_id, contact_point_id, channel, debt_id, rule_id)
),

explained as (
    select
        list_date,
        account_id,
        person_id,
        contact_point_id,
        channel,
        debt_id,
        level,
        rule_id,
        reason,
        citation,
        precedence,
        earliest_from_utc as blocked_from_utc,
        nullif(latest_until_utc, 'infinity') as blocked_until_utc,
        detail
    from spans
    where place = 1
)

select * from explained
