with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

overdue as (
    select * from {{ ref('int_leakage__overdue') }}
),

left_alone as (
    select * from {{ ref('int_leakage__left_alone') }}
),

attempts as (
    select * from {{ ref('int_attempts__by_account') }}
),

known_promises as (
    select promises.*
    from promises
    inner join accounts on promises.account_id = accounts.account_id
    where {{ as_known('promises') }} and promises.made_on <= {{ as_of_date() }}
),

broken as (
    -- one whose days are not over yet will be broken unless it is paid first
    select
        *,
        matured_on + {{ var('leakage_promise_followup_days') }} as looked_at_on
    from known_promises
    where
        (kept_on is null or kept_on > {{ as_of_date() }})
        and (first_paid_on is null or first_paid_on > {{ as_of_date() }})
        and {{ 'true' if var('has_contact_feed') else 'false' }}
),

not_followed as (
    select broken.*
    from broken
    where
        not exists (
            select 1 from attempts
            where
                attempts.account_id = broken.account_id
                and attempts.company_date > broken.due_on
                and attempts.company_date <= broken.looked_at_on
                and attempts.company_date <= {{ as_of_date() }}
                and {{ as_known('attempts') }}
        )
        and not exists (
            select 1 from known_promises as newer
            where
                newer.account_id = broken.account_id
                and newer.promise_id <> broken.promise_id
                and newer.made_on > broken.due_on
                and newer.made_on <= broken.looked_at_on
        )
        and not exists (
            select 1 from left_alone
            where
                left_alone.account_id = broken.account_id
                and left_alone.reason <> 'control'
                and left_alone.from_on <= broken.looked_at_on
                and left_alone.to_on > broken.due_on
        )
),

owed as (
    select
        not_followed.promise_id,
        not_followed.account_id,
        not_followed.currency,
        not_followed.amount_cents,
        not_followed.matured_on,
        not_followed.looked_at_on,
        overdue.invoice_id,
        overdue.balance_cents,
        sum(overdue.balance_cents) over (
            partition by not_followed.promise_id order by overdue.due_on, overdue.invoice_id
        ) - overdue.balance_cents as owed_before_cents
    from not_followed
    inner join overdue
        on
            not_followed.account_id = overdue.account_id
            and not_followed.currency = overdue.currency
            and not_followed.looked_at_on between overdue.from_on and overdue.to_on
),

at_risk as (
    select
        *,
        least(balance_cents, greatest(amount_cents - owed_before_cents, 0))::bigint as at_risk_cents
    from owed
),

facts as (
    select
        'broken_promise_not_followed' as cause,
        account_id,
        currency,
        'promises' as subject_entity,
        promise_id as subject_key,
        matured_on as arose_on,
        looked_at_on as detected_on,
        'broken promise without a contact attempt' as detail,
        'owed' as role,
        case when starts_with(invoice_id, 'adj:') then 'adjustments' else 'invoices' end as entity,
        case when starts_with(invoice_id, 'adj:') then substr(invoice_id, 5) else invoice_id end as entity_key,
        'invoice|' || invoice_id as anchor,
        looked_at_on + 1 as since_on,
        at_risk_cents
    from at_risk
    where at_risk_cents > 0
    union all
    select
        'broken_promise_not_followed' as cause,
        account_id,
        currency,
        'promises' as subject_entity,
        promise_id as subject_key,
        matured_on as arose_on,
        looked_at_on as detected_on,
        'broken promise without a contact attempt' as detail,
        'subject' as role,
        'promises' as entity,
        promise_id as entity_key,
        cast(null as text) as anchor,
        looked_at_on + 1 as since_on,
        cast(null as bigint) as at_risk_cents
    from not_followed
)

select * from facts
