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

applications as (
    select * from {{ ref('int_leakage__applications') }}
),

uses as (
    select * from {{ ref('int_leakage__recoveries') }}
    where starts_with(anchor, 'payment|')
),

received as (
    select
        payments.payment_id,
        payments.account_id,
        payments.currency,
        payments.amount_cents,
        payments.settled_on,
        -- what is matched on the very day on which the days are over was never seen to lie past them
        payments.settled_on + {{ var('leakage_unapplied_after_days') }} + 1 as looked_at_on,
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

unmatched as (
    -- matched to nothing at all: the rest of a payment that paid a bill is the customer's credit balance
    select received.*
    from received
    where
        not exists (
            select 1 from uses
            where
                uses.anchor = 'payment|' || received.payment_id
                and uses.used_on <= received.looked_at_on
        )
        -- what was matched and taken back again is the story of the taking back
        and not exists (
            select 1 from applications
            where
                applications.payment_id = received.payment_id
                and applications.applied_on <= received.looked_at_on
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
        'payment matched to no invoice' as detail,
        'subject' as role,
        'payments' as entity,
        payment_id as entity_key,
        'payment|' || payment_id as anchor,
        looked_at_on + 1 as since_on,
        amount_cents as at_risk_cents
    from unmatched
)

select * from facts
