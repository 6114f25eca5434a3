{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='payment_id',
        indexes=[
            {'columns': ['payment_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

versions as (
    select *
    from {{ ref('stg_ledger__payments') }}
    {% if is_incremental() %}
    where
        payment_id in (
            select fresh.payment_id
            from {{ ref('stg_ledger__payments') }} as fresh
            where {{ arrived_since_last_build('fresh') }}
        )
    {% endif %}
),

settled as (
    select
        payment_id,
        account_id,
        currency,
        amount_cents,
        status,
        -- a source that names no settlement day took the money when it tried to
        case
            when status in ('settled', 'returned') then {{ local_date('coalesce(settled_at, attempted_at)') }}
        end as settled_on,
        {{ local_date('source_recorded_at') }} as recorded_on,
        known_from,
        _batch_id
    from versions
),

ended as (
    select
        payment_id,
        account_id,
        currency,
        amount_cents,
        settled_on,
        -- the first day the source says so: later edits do not move it, and money cannot come back before it came
        case
            when status in ('returned', 'failed')
                then greatest(min(recorded_on) over (partition by payment_id, status), settled_on)
        end as ended_on,
        known_from,
        _batch_id
    from settled
),

summarized as (
    select
        *,
        concat_ws(
            '|', account_id, currency, amount_cents, coalesce(settled_on::text, ''), coalesce(ended_on::text, '')
        ) as content
    from ended
),

compared as (
    select
        *,
        lag(content) over (partition by payment_id order by known_from) as previous_content
    from summarized
),

changed as (
    select * from compared
    where previous_content is null or previous_content <> content
),

postings as (
    select
        payment_id,
        account_id,
        currency,
        amount_cents,
        settled_on,
        ended_on,
        known_from,
        lead(known_from) over (partition by payment_id order by known_from) as known_to,
        {{ newest_batch([ref('stg_ledger__payments')]) }} as _batch_id
    from changed
)

select * from postings
