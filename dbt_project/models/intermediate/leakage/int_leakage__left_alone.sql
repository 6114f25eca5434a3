{{
    config(
        materialized='table',
        indexes=[{'columns': ['account_id']}],
        post_hook='analyze {{ this }}'
    )
}}

with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

parties as (
    select * from {{ ref('stg_ledger__account_parties') }}
),

ledger_statuses as (
    select * from {{ ref('stg_ledger__status_events') }}
),

contact_statuses as (
    select * from {{ ref('stg_contact__status_events') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

plans as (
    select * from {{ ref('stg_ledger__plans') }}
),

instalments as (
    select * from {{ ref('stg_ledger__instalments') }}
),

stopping_statuses as (
    select person_id, account_id, status, from_at, to_at from ledger_statuses
    where {{ as_known('ledger_statuses') }}
    union all
    select person_id, account_id, status, from_at, to_at from contact_statuses
    where {{ as_known('contact_statuses') }}
),

dismissals as (
    select person_id, from_at from stopping_statuses
    where status = 'bankruptcy_dismissed'
),

dated_statuses as (
    select
        stopping_statuses.person_id,
        stopping_statuses.account_id,
        stopping_statuses.status,
        {{ local_date('stopping_statuses.from_at') }} as from_on,
        coalesce(
            {{ local_date('stopping_statuses.to_at') }},
            (
                select {{ local_date('min(dismissals.from_at)') }} from dismissals
                where
                    stopping_statuses.status = 'bankruptcy_petition'
                    and dismissals.person_id = stopping_statuses.person_id
                    and dismissals.from_at > stopping_statuses.from_at
            ),
            date '9999-12-31'
        ) as to_on
    from stopping_statuses
    where
        stopping_statuses.status in (
            'do_not_contact', 'cease', 'attorney', 'dispute', 'bankruptcy_petition', 'bankruptcy_discharged',
            'deceased', 'minor', 'active_duty', 'hardship', 'fraud', 'disaster', 'erased'
        )
),

obligors as (
    select distinct
        parties.account_id,
        parties.person_id
    from parties
    inner join accounts on parties.account_id = accounts.account_id
    where parties.role in ('obligor', 'co_signer') and {{ as_known('parties') }}
),

blocked as (
    select
        obligors.account_id,
        dated_statuses.status as reason,
        dated_statuses.from_on,
        dated_statuses.to_on
    from dated_statuses
    inner join obligors on dated_statuses.person_id = obligors.person_id
    where dated_statuses.account_id is null or dated_statuses.account_id = obligors.account_id
    union all
    select
        dated_statuses.account_id,
        dated_statuses.status as reason,
        dated_statuses.from_on,
        dated_statuses.to_on
    from dated_statuses
    inner join accounts on dated_statuses.account_id = accounts.account_id
    where dated_statuses.person_id is null
),

disputed as (
    select
        invoices.account_id,
        'dispute' as reason,
        {{ local_date('disputes.opened_at') }} as from_on,
        coalesce({{ local_date('disputes.closed_at') }}, date '9999-12-31') as to_on
    from disputes
    inner join invoices on disputes.invoice_id = invoices.invoice_id
    where disputes.kind = 'billing' and {{ as_known('disputes') }}
),

last_instalments as (
    select
        instalments.plan_id,
        max(instalments.due_on) as due_on
    from instalments
    where {{ as_known('instalments') }}
    group by instalments.plan_id
),

planned as (
    select
        plans.account_id,
        'plan' as reason,
        plans.agreed_on as from_on,
        case
            when plans.status in ('broken', 'cancelled')
                then greatest({{ learned_on('plans.known_from') }}, plans.agreed_on)
            else coalesce(last_instalments.due_on, date '9999-12-31')
        end as to_on
    from plans
    inner join accounts on plans.account_id = accounts.account_id
    left join last_instalments on plans.plan_id = last_instalments.plan_id
    where {{ as_known('plans') }}
),

left_alone as (
    select * from blocked
    union all
    select * from disputed
    union all
    select * from planned
)

select * from left_alone
