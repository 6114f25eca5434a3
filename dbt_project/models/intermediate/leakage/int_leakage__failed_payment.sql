with

chains as (
    select * from {{ ref('int_leakage__payment_chains') }}
),

balances as (
    select * from {{ ref('int_leakage__balances') }}
),

applications as (
    select * from {{ ref('int_leakage__applications') }}
),

decline_codes as (
    select * from {{ ref('decline_code_map') }}
),

failed as (
    -- the first try that failed stands for its whole chain of retries
    select
        *,
        coalesce(failed_on, returned_on) as lost_on,
        row_number() over (partition by root_id order by place, attempted_on, payment_id) as try_number
    from chains
    where coalesce(failed_on, returned_on) is not null
),

classed as (
    select
        failed.root_id,
        failed.payment_id,
        failed.account_id,
        failed.currency,
        failed.amount_cents,
        failed.failed_on is null as is_returned,
        failed.lost_on as failed_on,
        greatest(failed.lost_on, failed.learned_on) as detected_on,
        coalesce(of_provider.class, of_any.class, 'unknown') as decline_class
    from failed
    left join decline_codes as of_provider
        on failed.decline_code = of_provider.code and failed.provider = of_provider.provider
    left join decline_codes as of_any
        on failed.decline_code = of_any.code and of_any.provider = 'any'
    where failed.try_number = 1
),

owed as (
    -- a try that failed was for what was open the evening before or was billed that day, the oldest first; a payment
    -- that came back, for what it had paid
    select
        classed.payment_id,
        classed.account_id,
        classed.amount_cents,
        balances.invoice_id,
        balances.balance_cents as owed_cents,
        items.due_on,
        balances.from_on,
        -- of a bill of that very day, the balance is what its credits have left
        case
            when balances.from_on = classed.failed_on then classed.failed_on + 1
            else classed.failed_on
        end as since_on
    from classed
    inner join balances
        on
            classed.account_id = balances.account_id
            and classed.currency = balances.currency
            and balances.balance_cents > 0
    left join {{ ref('int_leakage__invoices') }} as items on balances.invoice_id = items.invoice_id
    where
        not classed.is_returned
        and (
            (
                balances.from_on < classed.failed_on
                and (balances.to_on is null or balances.to_on >= classed.failed_on - 1)
            )
            or (balances.from_on = classed.failed_on and items.issued_on = classed.failed_on)
        )
),

shared_out as (
    select
        payment_id,
        invoice_id,
        since_on,
        least(
            owed_cents,
            greatest(
                amount_cents - coalesce(
                    sum(owed_cents) over (
                        partition by payment_id order by due_on, from_on, invoice_id
                        rows between unbounded preceding and 1 preceding
                    ), 0
                ), 0
            )
        )::bigint as at_risk_cents
    from owed
),

taken_back as (
    select
        classed.payment_id,
        applications.invoice_id,
        classed.failed_on as since_on,
        sum(applications.gross_cents - applications.net_cents)::bigint as at_risk_cents
    from classed
    inner join applications on classed.payment_id = applications.payment_id
    where classed.is_returned and applications.gross_cents > applications.net_cents
    group by classed.payment_id, classed.failed_on, applications.invoice_id
),

on_invoices as (
    select payment_id, invoice_id, since_on, at_risk_cents from shared_out
    union all
    select payment_id, invoice_id, since_on, at_risk_cents from taken_back
),

anchored as (
    select
        payment_id,
        'invoice|' || invoice_id as anchor,
        'invoices' as entity,
        invoice_id as entity_key,
        since_on,
        at_risk_cents
    from on_invoices
    where at_risk_cents > 0
    union all
    -- a company that takes payments without invoices has nothing else to hold the cents
    select
        classed.payment_id,
        'payment|' || classed.payment_id as anchor,
        'payments' as entity,
        classed.payment_id as entity_key,
        classed.failed_on as since_on,
        classed.amount_cents as at_risk_cents
    from classed
    where
        not classed.is_returned
        and not exists (
            select 1 from {{ ref('int_leakage__invoices') }} as billed
            where billed.account_id = classed.account_id
        )
),

facts as (
    select
        'failed_payment' as cause,
        classed.account_id,
        classed.currency,
        'payments' as subject_entity,
        classed.payment_id as subject_key,
        classed.failed_on as arose_on,
        classed.detected_on,
        classed.decline_class || ' decline' as detail,
        case when anchored.entity = 'payments' then 'subject' else 'owed' end as role,
        anchored.entity,
        anchored.entity_key,
        anchored.anchor,
        anchored.since_on,
        anchored.at_risk_cents
    from classed
    inner join anchored on classed.payment_id = anchored.payment_id
    union all
    select
        'failed_payment' as cause,
        failed.account_id,
        failed.currency,
        'payments' as subject_entity,
        classed.payment_id as subject_key,
        classed.failed_on as arose_on,
        classed.detected_on,
        classed.decline_class || ' decline' as detail,
        case when failed.payment_id = classed.payment_id then 'subject' else 'retry' end as role,
        'payments' as entity,
        failed.payment_id as entity_key,
        cast(null as text) as anchor,
        classed.failed_on as since_on,
        cast(null as bigint) as at_risk_cents
    from classed
    inner join failed on classed.root_id = failed.root_id
)

select * from facts
