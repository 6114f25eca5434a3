-- depends_on: {{ ref('int_leakage__accounts') }}
{{
    config(
        incremental_strategy='replace_accounts',
        indexes=[{'columns': ['account_id']}, {'columns': ['event_id']}]
    )
}}

with

events as (
    select * from {{ ref('int_leakage__events') }}
),

converted as (
    select
        event_id,
        cause,
        account_id,
        currency,
        {{ amount('at_risk_cents', 'currency') }} as at_risk_amount,
        {{ amount('recovered_cents', 'currency') }} as recovered_amount,
        {{ amount('at_risk_cents - recovered_cents', 'currency') }} as open_amount,
        arose_on,
        detected_on,
        case
            when recovered_cents = 0 then 'open'
            when recovered_cents < at_risk_cents then 'partly_recovered'
            else 'recovered'
        end as status,
        other_causes,
        subject_entity,
        subject_key,
        detail
    from events
)

select * from converted
