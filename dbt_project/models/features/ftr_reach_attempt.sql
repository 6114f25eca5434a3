{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='attempt_id',
        indexes=[{'columns': ['attempt_id']}, {'columns': ['local_date']}, {'columns': ['_batch_id']}]
    )
}}

with

attempts as (
    select * from {{ ref('int_attempts') }}
    where channel = 'voice' and direction = 'outbound' and local_date <= {{ recoup.as_of_date() }}
),

labelled as (
    -- the label is what is known now; the inputs are what was known then
    select * from attempts
    where
        {{ recoup.as_known('attempts') }}
        and local_date > {{ recoup.as_of_date() }} - {{ var('training_history_days') }}
        {% if is_incremental() %}
        and {{ arrived_since_last_build('attempts') }}
        {% endif %}
),

queries as (
    select
        attempt_id as query_id,
        contact_point_id,
        person_id,
        local_date,
        local_hour
    from labelled
),

past_attempts as (
    select attempts.*
    from attempts
    {% if is_incremental() -%}
    where attempts.person_id in (select queries.person_id from queries)
    {%- endif %}
),

contributions as (
    {{ recoup.reach_contributions('past_attempts') }}
),

inputs as (
    {{ recoup.reach_inputs('queries', 'contributions') }}
),

points as (
    select * from {{ ref('int_contact_points__known') }}
),

accounts_of_attempts as (
    select
        by_account.attempt_id,
        min(by_account.account_id) as account_id
    from {{ ref('int_attempts__by_account') }} as by_account
    {% if is_incremental() -%}
    where by_account.attempt_id in (select queries.query_id from queries)
    {%- endif %}
    group by by_account.attempt_id
),

accounts as (
    select * from {{ ref('stg_ledger__accounts') }}
),

features as (
    select
        labelled.attempt_id,
        accounts_of_attempts.account_id,
        labelled.person_id,
        labelled.contact_point_id,
        labelled.local_date - 1 as as_of_date,
        labelled.local_date,
        labelled.campaign,
        coalesce(labelled.campaign = '{{ var("explore_team") }}', false) as is_explore,
        coalesce(labelled.is_right_party, false) as is_right_party,
        labelled.local_hour,
        extract(isodow from labelled.local_date)::integer as local_weekday,
        extract(day from labelled.local_date)::integer as month_day,
        labelled.point_type,
        greatest(labelled.local_date - {{ recoup.local_date('points.valid_from') }}, 0) as point_age_days,
        accounts.segment,
        accounts.region,
        accounts.product,
        inputs.point_attempts_180d,
        inputs.point_rpc_180d,
        inputs.point_daypart_attempts,
        inputs.point_daypart_rpc,
        inputs.point_hour_attempts,
        inputs.point_hour_rpc,
        inputs.person_attempts_180d,
        inputs.person_rpc_180d,
        inputs.days_since_point_attempt,
        inputs.days_since_point_rpc,
        inputs.last_rpc_hour_distance,
        labelled._batch_id
    from labelled
    inner join inputs
        on labelled.attempt_id = inputs.query_id
    left join points
        on labelled.contact_point_id = points.contact_point_id
    left join accounts_of_attempts
        on labelled.attempt_id = accounts_of_attempts.attempt_id
    left join accounts
        on accounts_of_attempts.account_id = accounts.account_id and {{ recoup.as_known('accounts') }}
)

select * from features
