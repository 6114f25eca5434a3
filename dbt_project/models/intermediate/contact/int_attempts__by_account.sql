{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='attempt_id',
        indexes=[
            {'columns': ['account_id', 'company_date']},
            {'columns': ['attempt_id']},
            {'columns': ['company_date']},
            {'columns': ['_batch_id']}
        ],
        post_hook='analyze {{ this }}'
    )
}}

with

attempts as (
    select *
    from {{ ref('int_attempts') }}
    {% if is_incremental() %}
    where {{ arrived_since_last_build('int_attempts') }}
    {% endif %}
),

debts as (
    select
        debt_id,
        account_id
    from {{ ref('stg_ledger__debts') }}
    where known_to is null
),

parties as (
    select distinct
        person_id,
        account_id
    from {{ ref('stg_ledger__account_parties') }}
    where known_to is null and role <> 'third_party'
),

mentioned as (
    select
        attempts.attempt_id,
        attempts.known_from,
        mention.debt_id
    from attempts
    cross join unnest(attempts.debt_ids) as mention (debt_id)
),

by_debt as (
    select distinct
        mentioned.attempt_id,
        mentioned.known_from,
        debts.account_id
    from mentioned
    inner join debts
        on mentioned.debt_id = debts.debt_id
),

by_person as (
    -- no debt named, or none that we know: the attempt was about every account of the person
    select
        attempts.attempt_id,
        attempts.known_from,
        parties.account_id
    from attempts
    inner join parties
        on attempts.person_id = parties.person_id
    where
        not exists (
            select 1
            from by_debt
            where by_debt.attempt_id = attempts.attempt_id and by_debt.known_from = attempts.known_from
        )
),

assigned as (
    select * from by_debt
    union all
    select * from by_person
),

by_account as (
    select
        assigned.account_id,
        attempts.attempt_id,
        attempts.person_id,
        attempts.channel,
        attempts.direction,
        attempts.company_date,
        attempts.campaign,
        attempts.agent_id,
        attempts.is_connected,
        coalesce(attempts.is_live_answer, false) as is_live_answer,
        coalesce(attempts.is_right_party, false) as is_right_party,
        attempts.talk_seconds + attempts.hold_seconds + attempts.wrap_seconds as handle_seconds,
        attempts.known_from,
        attempts.known_to,
        attempts._batch_id
    from assigned
    inner join attempts
        on assigned.attempt_id = attempts.attempt_id and assigned.known_from = attempts.known_from
),

settled as (
    {%- if is_incremental() %}
    -- a version that was attributed once stays attributed, as it stays judged
    select
        held.account_id,
        held.attempt_id,
        held.person_id,
        held.channel,
        held.direction,
        held.company_date,
        held.campaign,
        held.agent_id,
        held.is_connected,
        held.is_live_answer,
        held.is_right_party,
        held.handle_seconds,
        held.known_from,
        attempts.known_to,
        attempts._batch_id
    from attempts
    inner join {{ this }} as held
        on attempts.attempt_id = held.attempt_id and attempts.known_from = held.known_from
    union all
    {%- endif %}
    select by_account.*
    from by_account
    {%- if is_incremental() %}
    where
        not exists (
            select 1
            from {{ this }} as held
            where held.attempt_id = by_account.attempt_id and held.known_from = by_account.known_from
        )
    {%- endif %}
)

select * from settled
