{{
    config(
        indexes=[{'columns': ['account_id'], 'unique': true}],
        post_hook=[
            'grant usage on schema {{ this.schema }} to recoup_dialer',
            'grant select on {{ this }} to recoup_dialer'
        ]
    )
}}

with

context as (
    select * from {{ ref('account_context') }}
),

newest_version as (
    select max(list_version) as list_version
    from {{ source('published_lists', 'manifest') }}
    where list_date = {{ recoup.list_date() }}
),

listed as (
    select listed.*
    from {{ source('published_lists', 'contact_priority') }} as listed
    inner join newest_version
        on listed.list_version = newest_version.list_version
    where listed.list_date = {{ recoup.list_date() }}
),

offer_versions as (
    select * from {{ ref('stg_ledger__offers') }}
),

open_offers as (
    select
        offers.account_id,
        jsonb_agg(
            jsonb_build_object(
                'offer_id', offers.offer_id,
                'kind', offers.kind,
                'made_on', {{ recoup.local_date('offers.made_at') }},
                'amount', {{ recoup.amount('offers.amount_cents', 'context.currency') }}
            ) order by offers.made_at desc, offers.offer_id
        ) as offers
    from offer_versions as offers
    inner join context
        on offers.account_id = context.account_id
    where
        offers.outcome is null
        and {{ recoup.as_known('offers') }}
        and {{ recoup.local_date('offers.made_at') }} <= {{ recoup.as_of_date() }}
    group by offers.account_id
),

screen as (
    select
        context.list_date,
        context.as_of_date,
        context.account_id,
        context.person_id,
        case
            when listed.account_id is not null
                then to_char(listed.list_date, 'YYYYMMDD') || '-' || listed.list_version || '-' || listed.seq
        end as list_key,
        context.list_status,
        context.is_contact_blocked,
        context.is_left_alone,
        context.excluded_reasons,
        context.recommended_action,
        listed.script_code,
        context.queue,
        context.planned_at,
        listed.valid_until_utc,
        listed.attempts_remaining,
        context.reason_codes,
        context.why,
        context.currency,
        context.balance_amount,
        context.past_due_amount,
        context.days_past_due,
        context.oldest_due_on,
        context.past_due_invoice_count,
        context.last_payment_on,
        context.last_payment_amount,
        context.payments_90d_count,
        context.failed_payments_90d_count,
        context.promise_due_on,
        context.promised_amount,
        context.broken_promises_180d_count,
        context.open_disputes_count,
        context.disputed_amount,
        context.last_attempt_on,
        context.last_disposition,
        context.last_right_party_contact_on,
        context.last_sentiment_score,
        coalesce(open_offers.offers, '[]'::jsonb) as offers
    from context
    left join listed
        on context.account_id = listed.account_id
    left join open_offers
        on context.account_id = open_offers.account_id
)

select * from screen
