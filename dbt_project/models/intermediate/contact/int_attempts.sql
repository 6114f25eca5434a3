{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='attempt_id',
        indexes=[
            {'columns': ['attempt_id']},
            {'columns': ['person_id', 'local_date']},
            {'columns': ['contact_point_id', 'local_date']},
            {'columns': ['company_date']},
            {'columns': ['_batch_id']}
        ],
        post_hook='analyze {{ this }}'
    )
}}

with

versions as (
    select *
    from {{ ref('stg_contact__attempts') }}
    {% if is_incremental() %}
    where
        attempt_id in (
            select fresh.attempt_id
            from {{ ref('stg_contact__attempts') }} as fresh
            where {{ arrived_since_last_build('fresh') }}
        )
    {% endif %}
),

dispositions as (
    select * from {{ ref('int_disposition_codes') }}
),

ledger_points as (
    select * from {{ ref('stg_ledger__contact_points') }}
    where known_to is null
),

contact_points as (
    select * from {{ ref('stg_contact__contact_points') }}
    where known_to is null
),

postal_zones as (
    select * from {{ ref('postal_zones') }}
),

area_code_zones as (
    select * from {{ ref('area_code_zones') }}
),

placed as (
    -- where the dialed point most likely is: its postal code goes before its area code, for people keep their numbers
    select
        versions.*,
        coalesce(contact_points.type, ledger_points.type, 'unknown') as point_type,
        coalesce(contact_points.postal_code, ledger_points.postal_code) as postal_code,
        coalesce(contact_points.area_code, ledger_points.area_code) as area_code
    from versions
    left join contact_points
        on versions.contact_point_id = contact_points.contact_point_id
    left join ledger_points
        on versions.contact_point_id = ledger_points.contact_point_id
),

zoned as (
    select
        placed.*,
        coalesce(
            split_part(postal_zones.time_zones, '|', 1),
            split_part(area_code_zones.time_zones, '|', 1),
            '{{ var("time_zone") }}'
        ) as local_time_zone
    from placed
    left join postal_zones
        on
            {{ recoup.postal_country('placed.postal_code') }} = postal_zones.country
            and {{ recoup.postal_prefix('placed.postal_code') }} = postal_zones.postal_prefix
    left join area_code_zones
        on placed.area_code = area_code_zones.area_code
),

judged as (
    -- what the source says outright goes before what its code usually means; a code nobody mapped says nothing
    select
        zoned.attempt_id,
        zoned.person_id,
        zoned.contact_point_id,
        zoned.point_type,
        zoned.debt_ids,
        zoned.channel,
        zoned.direction,
        zoned.started_at,
        zoned.local_time_zone,
        zoned.started_at at time zone zoned.local_time_zone as local_started_at,
        zoned.agent_id,
        zoned.campaign,
        zoned.disposition_raw,
        coalesce(dispositions.disposition, 'unmapped') as disposition,
        dispositions.disposition is not null as is_mapped,
        zoned.connected as is_connected,
        case
            when not zoned.connected then false
            else coalesce(zoned.human, zoned.right_party, dispositions.is_live_answer)
        end as is_live_answer,
        coalesce(zoned.right_party, dispositions.is_right_party) as is_right_party,
        coalesce(dispositions.is_promise, false) as is_promise,
        zoned.conversation,
        coalesce(zoned.talk_seconds, 0) as talk_seconds,
        coalesce(zoned.hold_seconds, 0) as hold_seconds,
        coalesce(zoned.wrap_seconds, 0) as wrap_seconds,
        zoned.list_row_hash,
        zoned.known_from,
        zoned.known_to,
        zoned._batch_id
    from zoned
    left join dispositions
        on upper(trim(zoned.disposition_raw)) = dispositions.code
),

canonical as (
    select
        attempt_id,
        person_id,
        contact_point_id,
        point_type,
        debt_ids,
        channel,
        direction,
        started_at,
        {{ recoup.local_date('started_at') }} as company_date,
        local_time_zone,
        local_started_at::date as local_date,
        extract(hour from local_started_at)::integer as local_hour,
        agent_id,
        campaign,
        disposition_raw,
        disposition,
        is_mapped,
        is_connected,
        is_live_answer,
        is_right_party,
        is_promise,
        channel = 'voice'
        and coalesce(
            conversation,
            is_right_party,
            -- nobody says who spoke: a live answer with words counts as a conversation, for the rules fail closed
            coalesce(is_live_answer, is_connected) and talk_seconds > 0
        ) as is_conversation,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        list_row_hash,
        known_from,
        known_to,
        _batch_id
    from judged
),

settled as (
    {%- if is_incremental() %}
    -- a version that was judged once stays judged: what a list counted is told the same way when its point, the map of
    -- dispositions or a zone has changed, and a correction comes late
    select
        held.attempt_id,
        held.person_id,
        held.contact_point_id,
        held.point_type,
        held.debt_ids,
        held.channel,
        held.direction,
        held.started_at,
        held.company_date,
        held.local_time_zone,
        held.local_date,
        held.local_hour,
        held.agent_id,
        held.campaign,
        held.disposition_raw,
        held.disposition,
        held.is_mapped,
        held.is_connected,
        held.is_live_answer,
        held.is_right_party,
        held.is_promise,
        held.is_conversation,
        held.talk_seconds,
        held.hold_seconds,
        held.wrap_seconds,
        held.list_row_hash,
        held.known_from,
        canonical.known_to,
        canonical._batch_id
    from canonical
    inner join {{ this }} as held
        on canonical.attempt_id = held.attempt_id and canonical.known_from = held.known_from
    union all
    {%- endif %}
    select canonical.*
    from canonical
    {%- if is_incremental() %}
    where
        not exists (
            select 1
            from {{ this }} as held
            where held.attempt_id = canonical.attempt_id and held.known_from = canonical.known_from
        )
    {%- endif %}
)

select * from settled
