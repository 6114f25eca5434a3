{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['as_of_date', 'account_id'],
        indexes=[{'columns': ['as_of_date', 'account_id']}]
    )
}}

with

features as (
    -- outcomes of the training dates; one whose horizon had closed when it was built is not built again
    select
        as_of_date,
        account_id,
        currency,
        past_due_cents
    from {{ ref('ftr_account_day') }}
    where
        as_of_date in (
            {%- for date in recoup.training_dates() %}
            cast('{{ date }}' as date),
            {%- endfor %}
            cast(null as date)
        )
        {% if is_incremental() %}
        and as_of_date not in (select observed.as_of_date from {{ this }} as observed where observed.is_observed)
        {% endif %}
),

scope as (
    select distinct account_id from features
),

applied as (
    select
        entries.account_id,
        entries.currency,
        entries.effective_on,
        entries.amount_cents
    from {{ ref('int_ledger__application_entries') }} as entries
    inner join scope
        on entries.account_id = scope.account_id
    where
        entries.ledger_account = 'unapplied_cash'
        and entries.entry_kind in ('application', 'application_reversal', 'application_return')
        and entries.effective_on <= {{ recoup.as_of_date() }}
        and entries.known_at <= {{ recoup.known_at() }}
),

attempts as (
    select attempts.*
    from {{ ref('int_attempts__by_account') }} as attempts
    inner join scope
        on attempts.account_id = scope.account_id
    where
        attempts.direction = 'outbound'
        and {{ recoup.as_known('attempts') }}
        and attempts.company_date <= {{ recoup.as_of_date() }}
),

assignments as (
    select assignments.*
    from {{ ref('stg_contact__assignments') }} as assignments
    inner join scope
        on assignments.account_id = scope.account_id
    where {{ recoup.as_known('assignments') }} and assignments.team is not null
),

paid as (
    select
        features.as_of_date,
        features.account_id,
        sum(applied.amount_cents)::bigint as paid_cents
    from features
    inner join applied
        on
            features.account_id = applied.account_id
            and features.currency = applied.currency
            and applied.effective_on > features.as_of_date
            and applied.effective_on <= features.as_of_date + {{ var('horizon_days') }}
    group by features.as_of_date, features.account_id
),

contacted as (
    select
        features.as_of_date,
        features.account_id,
        bool_or(attempts.is_right_party) as had_rpc
    from features
    inner join attempts
        on
            features.account_id = attempts.account_id
            and attempts.company_date > features.as_of_date
            and attempts.company_date <= features.as_of_date + 7
    group by features.as_of_date, features.account_id
),

armed as (
    -- the arm that the contact center logged: where it says two things, the one that holds back
    select
        features.as_of_date,
        features.account_id,
        case
            when bool_or(assignments.team = '{{ var("control_team") }}') then 'control'
            when bool_or(assignments.team = '{{ var("explore_team") }}') then 'explore'
            else 'treated'
        end as arm
    from features
    inner join assignments
        on
            features.account_id = assignments.account_id
            and assignments.from_on <= features.as_of_date + 1
            and (assignments.to_on is null or assignments.to_on > features.as_of_date)
    group by features.as_of_date, features.account_id
),

outcomes as (
    select
        features.as_of_date,
        features.account_id,
        features.as_of_date + {{ var('horizon_days') }} <= {{ recoup.as_of_date() }} as is_observed,
        greatest(coalesce(paid.paid_cents, 0), 0) as paid_cents,
        coalesce(paid.paid_cents, 0) * 2 >= features.past_due_cents as is_paid,
        least(greatest(coalesce(paid.paid_cents, 0), 0)::double precision / features.past_due_cents, 1.0) as paid_ratio,
        armed.arm,
        contacted.account_id is not null as is_contacted,
        coalesce(contacted.had_rpc, false) as had_rpc
    from features
    left join paid
        on features.as_of_date = paid.as_of_date and features.account_id = paid.account_id
    left join contacted
        on features.as_of_date = contacted.as_of_date and features.account_id = contacted.account_id
    left join armed
        on features.as_of_date = armed.as_of_date and features.account_id = armed.account_id
)

select * from outcomes
