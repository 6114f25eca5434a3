{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partition',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['as_of_date']}, {'columns': ['person_id']}]
    )
}}

with

attempts as (
    select * from {{ ref('int_attempts') }}
),

manifests as (
    select * from {{ source('published_lists', 'manifest') }}
),

listed as (
    select * from {{ source('published_lists', 'contact_priority') }}
),

cutoffs as (
    select * from {{ source('day_cutoffs', 'opened_cutoffs') }}
),

consents as (
    select * from {{ ref('stg_contact__consents') }}
),

points as (
    select * from {{ ref('int_contact_points__known') }}
),

rules as (
    -- what needs consent everywhere; what needs it in one place alone is breach detection's to judge
    select
        rule_id,
        window_days,
        {{ recoup.split('medium') }} as media,
        {{ recoup.split('point_type') }} as point_types,
        effective_from,
        effective_to
    from {{ ref('contact_rules') }}
    where
        kind = 'consent_required'
        and purpose in ('collection', 'any')
        and jurisdiction = 'any'
        and {{ recoup.split('collector_role') }} && cast(array['any', '{{ var("collector_role") }}'] as text[])
),

span as (
    -- what this run learned and the one before it had not; no contact before the first list can have a row of one
    select
        (select min(manifests.list_date) from manifests) as went_live_on,
        coalesce(max(cutoffs.knowledge_cutoff), '-infinity') as known_after
    from cutoffs
    where cutoffs.as_of_date < {{ recoup.as_of_date() }}
),

news as (
    select
        attempts.attempt_id,
        attempts.person_id,
        attempts.contact_point_id,
        attempts.point_type,
        attempts.channel,
        case attempts.channel when 'voicemail' then 'voice' else attempts.channel end as medium,
        attempts.started_at,
        attempts.company_date,
        attempts.list_row_hash
    from attempts
    cross join span
    where
        attempts.direction = 'outbound'
        and attempts.company_date >= span.went_live_on
        and attempts.company_date <= {{ recoup.as_of_date() }}
        and {{ recoup.as_known('attempts') }}
        and attempts.known_from > span.known_after
),

rows_of_lists as (
    -- the list's day is the person's own; the company's may be its neighbor
    select
        news.attempt_id,
        max(manifests.rule_version) as rule_version
    from news
    inner join listed
        on
            news.person_id = listed.person_id
            and news.list_row_hash = listed.row_hash
            and listed.list_date between news.company_date - 1 and news.company_date + 1
    inner join manifests
        on listed.list_date = manifests.list_date and listed.list_version = manifests.list_version
    group by news.attempt_id
),

needing_consent as (
    select
        news.attempt_id,
        max(rules.window_days) as window_days
    from news
    inner join rules
        on
            (
                news.medium = any(rules.media)
                or 'any' = any(rules.media)
                {%- if var('automated_voice') %}
                or (news.medium = 'voice' and 'automated_voice' = any(rules.media))
                {%- endif %}
            )
            and ('any' = any(rules.point_types) or news.point_type = any(rules.point_types))
            and news.company_date >= rules.effective_from
            and (rules.effective_to is null or news.company_date <= rules.effective_to)
    group by news.attempt_id
),

statements as (
    select
        news.attempt_id,
        consents.state,
        consents.evidence_ref,
        row_number() over (
            partition by news.attempt_id
            order by consents.consented_at desc, case consents.state when 'given' then 1 else 0 end
        ) as place
    from news
    inner join needing_consent
        on news.attempt_id = needing_consent.attempt_id
    inner join consents
        on
            (
                news.contact_point_id = consents.contact_point_id
                or (consents.contact_point_id is null and news.person_id = consents.person_id)
            )
            and consents.medium in (news.medium, 'any')
            and consents.purpose in ('servicing', 'collection')
            and consents.consented_at <= news.started_at
            and {{ recoup.as_known('consents') }}
),

evidenced as (
    select attempt_id from statements
    where place = 1 and state = 'given' and evidence_ref is not null
    union
    -- a text may rest on a check of the number instead
    select news.attempt_id
    from news
    inner join needing_consent
        on news.attempt_id = needing_consent.attempt_id
    inner join points
        on news.contact_point_id = points.contact_point_id
    where
        news.medium = 'sms'
        and points.verified_at <= news.started_at
        and points.verified_at > news.started_at - make_interval(days => needing_consent.window_days)
),

judged as (
    select
        news.attempt_id,
        news.person_id,
        news.contact_point_id,
        news.channel,
        news.started_at,
        news.company_date,
        news.list_row_hash,
        array_remove(
            array[
                case when rows_of_lists.attempt_id is null then 'list_row' end,
                case when coalesce(rows_of_lists.rule_version, 'none') = 'none' then 'rule_version' end,
                case
                    when needing_consent.attempt_id is not null and evidenced.attempt_id is null then 'consent_evidence'
                end
            ],
            null
        ) as lacks
    from news
    left join rows_of_lists
        on news.attempt_id = rows_of_lists.attempt_id
    left join needing_consent
        on news.attempt_id = needing_consent.attempt_id
    left join evidenced
        on news.attempt_id = evidenced.attempt_id
),

undocumented as (
    select
        {{ recoup.as_of_date() }} as as_of_date,
        attempt_id,
        person_id,
        contact_point_id,
        channel,
        started_at,
        company_date,
        list_row_hash,
        lacks
    from judged
    where cardinality(lacks) > 0
)

select * from undocumented
