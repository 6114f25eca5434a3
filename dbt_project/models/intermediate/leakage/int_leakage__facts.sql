-- depends_on: {{ ref('int_leakage__accounts') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_accounts',
        indexes=[
            {'columns': ['account_id']},
            {'columns': ['detected_on']}
        ]
    )
}}

with

{% for cause in leakage_causes() if cause != 'written_off_collectable' -%}
{{ cause }} as (
    select * from {{ ref('int_leakage__' ~ cause) }}
),

{% endfor -%}
combined as (
    {% for cause in leakage_causes() if cause != 'written_off_collectable' -%}
    select * from {{ cause }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

facts as (
    select
        account_id,
        md5(concat_ws('|', cause, subject_entity, subject_key, currency)) as event_id,
        cause,
        currency,
        subject_entity,
        subject_key,
        arose_on,
        detected_on,
        detail,
        role,
        entity,
        entity_key,
        anchor,
        since_on,
        at_risk_cents
    from combined
)

select * from facts
