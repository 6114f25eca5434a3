with

contact_events as (
    select * from {{ ref('stg_contact__status_events') }}
),

ledger_events as (
    select * from {{ ref('stg_ledger__status_events') }}
),

debts as (
    select * from {{ ref('stg_ledger__debts') }}
),

attempts as (
    select * from {{ ref('int_attempts__by_account') }}
),

events as (
    select
        _key as complaint_key,
        person_id,
        account_id,
        debt_id,
        from_at
    from contact_events
    where status = 'complaint' and {{ as_known('contact_events') }}
    union
    -- a complaint that both sources hold is one
    select
        _key as complaint_key,
        person_id,
        account_id,
        debt_id,
        from_at
    from ledger_events
    where status = 'complaint' and {{ as_known('ledger_events') }}
),

complaints as (
    select
        events.complaint_key,
        events.person_id,
        coalesce(events.account_id, debts.account_id) as account_id,
        {{ local_date('events.from_at') }} as complained_on
    from events
    left join debts on events.debt_id = debts.debt_id and {{ as_known('debts') }}
    where
        events.from_at >= {{ end_of_day("date_trunc('month', " ~ as_of_date() ~ ")::date - 1") }}
        and events.from_at < {{ end_of_day(as_of_date()) }}
),

delivered as (
    select
        attempts.person_id,
        attempts.account_id,
        attempts.attempt_id,
        attempts.channel,
        attempts.company_date
    from attempts
    where
        attempts.direction = 'outbound'
        and attempts.is_connected
        and attempts.company_date >= date_trunc('month', {{ as_of_date() }})::date - 30
        and attempts.company_date <= {{ as_of_date() }}
        and {{ as_known('attempts') }}
),

preceding as (
    select
        complaints.complaint_key,
        delivered.channel,
        delivered.company_date,
        delivered.attempt_id
    from complaints
    inner join delivered
        on
            complaints.person_id = delivered.person_id
            and delivered.company_date between complaints.complained_on - 30 and complaints.complained_on
    union all
    select
        complaints.complaint_key,
        delivered.channel,
        delivered.company_date,
        delivered.attempt_id
    from complaints
    inner join delivered
        on
            complaints.account_id = delivered.account_id
            and delivered.company_date between complaints.complained_on - 30 and complaints.complained_on
    where complaints.person_id is null
),

blamed as (
    -- a complaint names no channel: it goes to that of the last contact within 30 days before it
    select
        complaint_key,
        (array_agg(channel order by company_date desc, attempt_id desc))[1] as channel
    from preceding
    group by complaint_key
),

described as (
    select
        complaints.complaint_key,
        complaints.complained_on,
        coalesce(blamed.channel, 'unknown') as channel
    from complaints
    left join blamed on complaints.complaint_key = blamed.complaint_key
)

select * from described
