with

attempts as (
    select * from {{ ref('int_attempts') }}
),

consents as (
    select * from {{ ref('stg_contact__consents') }}
),

points as (
    select * from {{ ref('int_contact_points__known') }}
),

said_in_a_contact as (
    select
        attempts.person_id,
        attempts.channel as medium,
        attempts.company_date as opted_out_on
    from attempts
    where
        attempts.disposition = 'opted_out'
        and attempts.company_date between date_trunc('month', {{ as_of_date() }})::date and {{ as_of_date() }}
        and {{ as_known('attempts') }}
),

recorded as (
    select
        coalesce(consents.person_id, points.person_id) as person_id,
        consents.medium,
        {{ local_date('consents.consented_at') }} as opted_out_on
    from consents
    left join points on consents.contact_point_id = points.contact_point_id
    where
        consents.state in ('refused', 'revoked')
        and consents.consented_at >= {{ end_of_day("date_trunc('month', " ~ as_of_date() ~ ")::date - 1") }}
        and consents.consented_at < {{ end_of_day(as_of_date()) }}
        and {{ as_known('consents') }}
),

opt_outs as (
    -- the dialer's code and the consent record of one opt-out are one
    select * from said_in_a_contact
    union
    select * from recorded
)

select * from opt_outs
