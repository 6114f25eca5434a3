{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='payment_id',
        indexes=[
            {'columns': ['payment_id']},
            {'columns': ['account_id']},
            {'columns': ['attempted_on']},
            {'columns': ['failed_on']},
            {'columns': ['settled_on']},
            {'columns': ['_batch_id']}
        ]
    )
}}

{#- A subquery at each use and not a CTE: one that is named several times would be worked out whole. -#}
{%- set payments = '(select * from ' ~ ref('stg_ledger__payments') ~ ' where known_to is null)' %}

with recursive

{% if is_incremental() %}
fresh as (
    select held.payment_id
    from {{ ref('stg_ledger__payments') }} as held
    where {{ arrived_since_last_build('held') }}
),
{% endif %}

postings as (
    select * from {{ ref('int_ledger__payment_postings') }}
    {% if is_incremental() %}
    where
        payment_id in (select fresh.payment_id from fresh)
        -- a payment that arrives late may turn out to be what another retried
        or payment_id in (
            select retries.payment_id
            from {{ payments }} as retries
            where retries.retry_of in (select fresh.payment_id from fresh)
        )
    {% endif %}
),

links (payment_id, ancestor_id, depth) as (
    select distinct
        postings.payment_id,
        postings.payment_id as ancestor_id,
        0 as depth
    from postings
    union all
    select
        links.payment_id,
        payments.retry_of as ancestor_id,
        links.depth + 1 as depth
    from links
    inner join {{ payments }} as payments on links.ancestor_id = payments.payment_id
    where
        payments.retry_of is not null
        -- a source that lets a payment retry itself must not stop the day
        and links.depth < 20
),

retry_numbers as (
    select
        links.payment_id,
        max(links.depth) as retry_number
    from links
    inner join {{ payments }} as payments on links.ancestor_id = payments.payment_id
    group by links.payment_id
),

codes as (
    select * from {{ ref('decline_code_map') }}
),

classes as (
    -- what is mapped for the provider itself goes before what is mapped for any
    select
        payments.payment_id,
        (array_agg(codes.class order by case codes.provider when 'any' then 1 else 0 end, codes.class))[1]
            as decline_class
    from {{ payments }} as payments
    inner join codes
        on lower(payments.decline_code) = lower(codes.code) and codes.provider in ('any', payments.provider)
    where
        payments.payment_id in (
            select links.ancestor_id
            from links
        )
    group by payments.payment_id
),

described as (
    select
        postings.payment_id,
        postings.account_id,
        postings.currency,
        postings.amount_cents,
        payments.method,
        {{ local_date('payments.attempted_at') }} as attempted_on,
        postings.settled_on,
        -- the day it failed, or came back
        postings.ended_on as failed_on,
        retry_numbers.retry_number,
        case when postings.ended_on is not null then coalesce(own_class.decline_class, 'unknown') end as decline_class,
        case when payments.retry_of is not null then coalesce(retried_class.decline_class, 'unknown') end
            as retried_decline_class,
        postings.known_from,
        postings.known_to,
        {{ newest_batch([ref('stg_ledger__payments')]) }} as _batch_id
    from postings
    inner join {{ payments }} as payments on postings.payment_id = payments.payment_id
    left join retry_numbers on postings.payment_id = retry_numbers.payment_id
    left join classes as own_class on postings.payment_id = own_class.payment_id
    left join classes as retried_class on payments.retry_of = retried_class.payment_id
)

select * from described
