with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

payments as (
    select * from {{ ref('int_ledger__payment_postings') }}
),

stated as (
    select * from {{ ref('stg_ledger__payments') }}
),

uses as (
    select * from {{ ref('int_leakage__recoveries') }}
    where starts_with(anchor, 'payment|')
),

balances as (
    select * from {{ ref('int_leakage__balances') }}
),

received as (
    select
        payments.payment_id,
        payments.account_id,
        payments.currency,
        payments.amount_cents,
        payments.settled_on,
        payments.settled_on + {{ var('leakage_unapplied_after_days') }} as looked_at_on,
        greatest(
            payments.settled_on + {{ var('leakage_unapplied_after_days') }} + 1, {{ learned_on('payments.known_from') }}
        ) as detected_on
    from accounts
    inner join stated
        on
            accounts.account_id = stated.account_id
            and {{ as_known('stated') }}
    inner join payments
        on
            stated.payment_id = payments.payment_id
            and {{ as_known('payments') }}
    where
        payments.settled_on <= {{ as_of_date() }}
        and payments.ended_on is null
),

used as (
    select
        received.payment_id,
        sum(uses.cents) as used_cents,
        sum(uses.cents) filter (where uses.used_on <= received.looked_at_on) as used_in_time_cents
    from received
    inner join uses on 'payment|' || received.payment_id = uses.anchor
    group by received.payment_id
),

waiting as (
    select
        received.*,
        coalesce(used.used_in_time_cents, 0) as used_in_time_cents,
        received.amount_cents - coalesce(used.used_in_time_cents, 0) as waiting_cents
    from received
    left join used on received.payment_id = used.payment_id
    where received.amount_cents > coalesce(used.used_in_time_cents, 0)
),

unmatched as (
    -- nothing of it was matched; or there is a rest, and something open that it could have paid
    select waiting.*
    from waiting
    where
        waiting.used_in_time_cents = 0
        or exists (
            select 1 from balances
            where
                balances.account_id = waiting.account_id
                and balances.currency = waiting.currency
                and balances.balance_cents > 0
                and balances.from_on <= waiting.settled_on
                and (balances.to_on is null or balances.to_on >= waiting.looked_at_on)
        )
),

facts as (
    select
        'unapplied_cash' as cause,
        account_id,
        currency,
        'payments' as subject_entity,
        payment_id as subject_key,
        settled_on as arose_on,
        detected_on,
        case
            when used_in_time_cents = 0 then 'payment matched to no invoice'
            else 'rest of a payment matched to no invoice'
        end as detail,
        'subject' as role,
        'payments' as entity,
        payment_id as entity_key,
        'payment|' || payment_id as anchor,
        looked_at_on + 1 as since_on,
        waiting_cents::bigint as at_risk_cents
    from unmatched
)

select * from facts
