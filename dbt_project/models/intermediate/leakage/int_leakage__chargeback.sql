with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

disputes as (
    select * from {{ ref('stg_ledger__disputes') }}
),

payments as (
    select * from {{ ref('stg_ledger__payments') }}
),

applications as (
    select * from {{ ref('int_leakage__applications') }}
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

chargebacks as (
    select
        disputes.dispute_id,
        disputes.payment_id,
        disputes.invoice_id,
        coalesce(payments.account_id, invoices.account_id) as account_id,
        coalesce(payments.currency, invoices.currency) as currency,
        disputes.amount_cents,
        {{ local_date('disputes.opened_at') }} as opened_on,
        -- the first day at whose close the evidence is overdue
        {{ local_date('disputes.evidence_due_at') }} as overdue_on,
        case
            when disputes.outcome is not null
                then {{ local_date('coalesce(disputes.closed_at, disputes.source_recorded_at)') }}
        end as closed_on,
        disputes.outcome,
        {{ learned_on('disputes.known_from') }} as learned_on
    from disputes
    left join payments
        on
            disputes.payment_id = payments.payment_id
            and {{ as_known('payments') }}
    left join invoices on disputes.invoice_id = invoices.invoice_id
    where
        disputes.kind = 'chargeback'
        and {{ as_known('disputes') }}
        and {{ local_date('disputes.opened_at') }} <= {{ as_of_date() }}
        and coalesce(payments.account_id, invoices.account_id) in (select accounts.account_id from accounts)
),

judged as (
    -- an outcome that lies beyond the date is not seen yet
    select
        *,
        coalesce(closed_on <= {{ as_of_date() }}, false) as is_closed,
        coalesce(closed_on <= {{ as_of_date() }} and outcome = 'lost', false) as is_lost
    from chargebacks
),

leaking as (
    select
        *,
        case
            when is_lost then greatest(least(closed_on, overdue_on), opened_on)
            else greatest(overdue_on, opened_on)
        end as detected_on,
        case when is_lost then 'lost' else 'open past its evidence date' end as detail
    from judged
    where is_lost or (not is_closed and overdue_on is not null)
),

paid as (
    -- what the disputed payment had paid and no longer pays: owed again
    select
        leaking.dispute_id,
        applications.invoice_id,
        sum(applications.gross_cents - applications.net_cents) as paid_cents
    from leaking
    inner join applications on leaking.payment_id = applications.payment_id
    where applications.gross_cents > applications.net_cents
    group by leaking.dispute_id, applications.invoice_id
),

shared_out as (
    select
        leaking.dispute_id,
        paid.invoice_id,
        least(
            paid.paid_cents,
            greatest(
                leaking.amount_cents - coalesce(
                    sum(paid.paid_cents) over (
                        partition by leaking.dispute_id order by paid.invoice_id
                        rows between unbounded preceding and 1 preceding
                    ), 0
                ), 0
            )
        )::bigint as at_risk_cents
    from leaking
    inner join paid on leaking.dispute_id = paid.dispute_id
    where leaking.is_lost
),

rest as (
    select
        leaking.dispute_id,
        (leaking.amount_cents - coalesce(sum(shared_out.at_risk_cents), 0))::bigint as at_risk_cents
    from leaking
    left join shared_out on leaking.dispute_id = shared_out.dispute_id
    group by leaking.dispute_id, leaking.amount_cents
),

anchored as (
    select
        dispute_id,
        'invoice|' || invoice_id as anchor,
        'invoices' as entity,
        invoice_id as entity_key,
        'owed' as role,
        at_risk_cents
    from shared_out
    where at_risk_cents > 0
    union all
    select
        dispute_id,
        'dispute|' || dispute_id as anchor,
        'disputes' as entity,
        dispute_id as entity_key,
        'subject' as role,
        at_risk_cents
    from rest
    where at_risk_cents > 0
),

rows_of_evidence as (
    select dispute_id, anchor, entity, entity_key, role, at_risk_cents from anchored
    union all
    select
        dispute_id,
        cast(null as text) as anchor,
        'disputes' as entity,
        dispute_id as entity_key,
        'subject' as role,
        cast(null as bigint) as at_risk_cents
    from leaking
    union all
    select
        dispute_id,
        cast(null as text) as anchor,
        'payments' as entity,
        payment_id as entity_key,
        'disputed' as role,
        cast(null as bigint) as at_risk_cents
    from leaking
    where payment_id is not null
),

facts as (
    select
        'chargeback' as cause,
        leaking.account_id,
        leaking.currency,
        'disputes' as subject_entity,
        leaking.dispute_id as subject_key,
        leaking.opened_on as arose_on,
        leaking.detected_on,
        leaking.detail,
        rows_of_evidence.role,
        rows_of_evidence.entity,
        rows_of_evidence.entity_key,
        rows_of_evidence.anchor,
        case when leaking.is_lost then leaking.closed_on else leaking.detected_on end as since_on,
        rows_of_evidence.at_risk_cents
    from leaking
    inner join rows_of_evidence on leaking.dispute_id = rows_of_evidence.dispute_id
)

select * from facts
