{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['as_of_date']}, {'columns': ['alert_id']}]
    )
}}

with

words as (
    select * from {{ ref('alert_words') }}
),

context as (
    select * from {{ ref('account_context') }}
    where as_of_date = {{ recoup.as_of_date() }}
),

found as (
    select
        kind,
        'any' as subject,
        account_id,
        cast(null as text) as metric,
        currency,
        amount,
        headline,
        evidence_key,
        is_worst_bucket as is_grave
    from {{ ref('alert_account_moves') }}
    union all
    select
        kind,
        'any' as subject,
        account_id,
        null as metric,
        currency,
        amount,
        headline,
        evidence_key,
        false as is_grave
    from {{ ref('alert_broken_promises') }}
    union all
    select
        kind,
        subject,
        account_id,
        null as metric,
        currency,
        amount,
        headline,
        evidence_key,
        false as is_grave
    from {{ ref('alert_leaks') }}
    union all
    select
        kind,
        'any' as subject,
        null as account_id,
        metric,
        currency,
        null as amount,
        headline,
        evidence_key,
        is_far as is_grave
    from {{ ref('alert_kpis') }}
    union all
    -- nobody may be contacted against a rule: each one is grave
    select
        kind,
        'any' as subject,
        null as account_id,
        null as metric,
        null as currency,
        null as amount,
        headline,
        evidence_key,
        true as is_grave
    from {{ ref('alert_breaches') }}
    union all
    select
        kind,
        'any' as subject,
        null as account_id,
        null as metric,
        null as currency,
        null as amount,
        headline,
        evidence_key,
        true as is_grave
    from {{ ref('alert_undocumented') }}
),

{% if is_incremental() %}
told as (
    select
        alert_id,
        as_of_date,
        kind,
        metric,
        currency
    from {{ this }}
    where as_of_date <> {{ recoup.as_of_date() }}
),
{% endif %}

identified as (
    select
        found.*,
        md5(found.kind || '|' || found.evidence_key) as alert_id
    from found
),

news as (
    select identified.*
    from identified
    {%- if is_incremental() %}
    where
        not exists (
            select 1 from told
            where told.alert_id = identified.alert_id
        )
        -- a figure that goes in and out of its band is told once a week
        and not exists (
            select 1 from told
            where
                identified.kind = 'kpi_outside_band'
                and told.kind = identified.kind
                and told.metric = identified.metric
                and told.currency is not distinct from identified.currency
                and told.as_of_date between {{ recoup.as_of_date() }} - 7 and {{ recoup.as_of_date() }} - 1
        )
    {%- endif %}
),

worded as (
    select
        news.*,
        coalesce(words.what_to_do, 'Look into it.') as words,
        coalesce(words.is_contact, false) as is_contact,
        context.list_status,
        context.list_seq,
        context.queue,
        context.why,
        coalesce(context.is_contact_blocked, false) as is_contact_blocked,
        coalesce(context.is_left_alone, false) as is_left_alone
    from news
    left join words
        on news.kind = words.kind and news.subject = words.subject
    left join context
        on news.account_id = context.account_id
),

advised as (
    -- what to do never goes against the list: nobody is asked to call whom a rule keeps from being called, and an
    -- account that the experiment leaves alone is nobody's to call at all
    select
        alert_id,
        {{ recoup.as_of_date() }} as as_of_date,
        kind,
        case when is_grave or amount >= {{ var('alert_high_amount') }} then 'high' else 'normal' end as severity,
        account_id,
        metric,
        currency,
        amount::numeric(20, 4) as amount,
        headline,
        case
            when not is_contact then words
            when list_status = 'listed' then words || ' No. ' || list_seq || ' on today''s list (' || queue || ').'
            when is_contact_blocked
                then 'Do not contact: ' || coalesce(why, 'no list was published today.') || ' Review the account only.'
            when list_status = 'excluded' then words || ' Not on today''s list: ' || why
            else words || ' Ask the contact check first.'
        end as what_to_do,
        evidence_key
    from worded
    where not (is_contact and is_left_alone)
)

select * from advised
