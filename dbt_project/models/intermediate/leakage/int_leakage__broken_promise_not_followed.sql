with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

promises as (
    select * from {{ ref('int_promises') }}
),

balances as (
    select * from {{ ref('int_leakage__balances') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
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
                and attempts.direction = 'outbound'
                and attempts.company_date > broken.matured_on
                and attempts.company_date <= broken.looked_at_on
                and attempts.company_date <= {{ as_of_date() }}
                and {{ as_known('attempts') }}
        )
        and not exists (
            select 1 from known_promises as newer
            where
                newer.account_id = broken.account_id
                and newer.promise_id <> broken.promise_id
                and newer.made_on > broken.matured_on
                and newer.made_on <= broken.looked_at_on
        )
        and not exists (
            select 1 from left_alone
            where
                left_alone.account_id = broken.account_id
                -- a promise is made beside a plan, and broken beside it
                and left_alone.reason <> 'plan'
                and left_alone.from_on <= broken.looked_at_on
                and left_alone.to_on >= broken.looked_at_on
        )
),

owed as (
    -- what was open when the promise broke, the oldest first: what is paid before anybody has acted is recovered
    select
        not_followed.promise_id,
        not_followed.account_id,
        not_followed.currency,
        not_followed.amount_cents - not_followed.paid_cents as amount_cents,
        not_followed.matured_on,
        not_followed.looked_at_on,
        balances.invoice_id,
        balances.balance_cents,
        sum(balances.balance_cents) over (
            partition by not_followed.promise_id
            order by coalesce(invoices.due_on, balances.from_on), balances.invoice_id
        ) - balances.balance_cents as owed_before_cents
    from not_followed
    inner join balances
        on
            not_followed.account_id = balances.account_id
            and not_followed.currency = balances.currency
            and balances.balance_cents > 0
            and not_followed.matured_on >= balances.from_on
            and (balances.to_on is null or not_followed.matured_on <= balances.to_on)
    left join invoices on balances.invoice_id = invoices.invoice_id
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
        matured_on + 1 as since_on,
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
        matured_on + 1 as since_on,
        cast(null as bigint) as at_risk_cents
    from not_followed
)

select * from facts
