{{
    config(
        materialized='table',
        indexes=[{'columns': ['anchor']}],
        post_hook='analyze {{ this }}'
    )
}}

with

applications as (
    select * from {{ ref('int_leakage__applications') }}
    where net_cents > 0
),

chains as (
    select * from {{ ref('int_leakage__payment_chains') }}
),

lines as (
    select * from {{ ref('int_leakage__lines') }}
),

services as (
    select * from {{ ref('int_leakage__services') }}
),

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }} as stated
    where
        {{ as_known('stated') }}
        and stated.adjusted_on <= {{ as_of_date() }}
        and stated.account_id in (select accounts.account_id from accounts)
),

paid_invoices as (
    -- a credit clears cents too, but nobody has paid them
    select
        'invoice|' || invoice_id as anchor,
        'applications' as entity,
        application_id as entity_key,
        applied_on as used_on,
        net_cents as cents,
        credit_id is null as is_recovery
    from applications
),

matched_payments as (
    select
        'payment|' || payment_id as anchor,
        'applications' as entity,
        application_id as entity_key,
        applied_on as used_on,
        net_cents as cents,
        true as is_recovery
    from applications
    where payment_id is not null
),

retried_payments as (
    select
        'payment|' || root_id as anchor,
        'payments' as entity,
        payment_id as entity_key,
        settled_on as used_on,
        amount_cents as cents,
        true as is_recovery
    from chains
    where place > 1 and settled_on is not null and returned_on is null
),

matched_by_payment as (
    select
        payment_id,
        sum(net_cents) as matched_cents
    from applications
    where payment_id is not null
    group by payment_id
),

rests as (
    select
        chains.payment_id,
        chains.account_id,
        chains.currency,
        chains.settled_on,
        chains.amount_cents - coalesce(matched_by_payment.matched_cents, 0) as rest_cents
    from chains
    left join matched_by_payment on chains.payment_id = matched_by_payment.payment_id
    where
        chains.settled_on is not null
        and chains.returned_on is null
        and chains.amount_cents > coalesce(matched_by_payment.matched_cents, 0)
),

withdrawals as (
    -- refunds and recoveries take from unapplied cash and name no payment
    select
        adjustment_id,
        account_id,
        currency,
        amount_cents,
        adjusted_on
    from adjustments
    where kind in ('refund', 'recovery')
),

withdrawals_of_a_rest as (
    -- one of exactly what is left of a payment is that payment's: the newest such payment
    select
        withdrawals.adjustment_id,
        rests.payment_id,
        withdrawals.adjusted_on,
        withdrawals.amount_cents,
        row_number() over (
            partition by withdrawals.adjustment_id order by rests.settled_on desc, rests.payment_id
        ) as place_of_payment,
        row_number() over (
            partition by rests.payment_id order by withdrawals.adjusted_on, withdrawals.adjustment_id
        ) as place_of_withdrawal
    from withdrawals
    inner join rests
        on
            withdrawals.account_id = rests.account_id
            and withdrawals.currency = rests.currency
            and withdrawals.amount_cents = rests.rest_cents
            and withdrawals.adjusted_on >= rests.settled_on
),

exact_withdrawals as (
    select
        adjustment_id,
        payment_id,
        adjusted_on,
        amount_cents
    from withdrawals_of_a_rest
    where place_of_payment = 1 and place_of_withdrawal = 1
),

other_withdrawals as (
    select
        withdrawals.*,
        sum(withdrawals.amount_cents) over (
            partition by withdrawals.account_id, withdrawals.currency
            order by withdrawals.adjusted_on, withdrawals.adjustment_id
        ) as ends
    from withdrawals
    where withdrawals.adjustment_id not in (select exact_withdrawals.adjustment_id from exact_withdrawals)
),

other_rests as (
    select
        rests.*,
        sum(rests.rest_cents) over (
            partition by rests.account_id, rests.currency order by rests.settled_on, rests.payment_id
        ) as ends
    from rests
    where rests.payment_id not in (select exact_withdrawals.payment_id from exact_withdrawals)
),

shared_withdrawals as (
    -- the others end to end beside what is left of the other payments, the oldest first
    select
        other_withdrawals.adjustment_id,
        other_rests.payment_id,
        other_withdrawals.adjusted_on,
        least(other_withdrawals.ends, other_rests.ends)
        - greatest(other_withdrawals.ends - other_withdrawals.amount_cents, other_rests.ends - other_rests.rest_cents)
            as amount_cents
    from other_withdrawals
    inner join other_rests
        on
            other_withdrawals.account_id = other_rests.account_id
            and other_withdrawals.currency = other_rests.currency
            and other_withdrawals.ends > other_rests.ends - other_rests.rest_cents
            and other_rests.ends > other_withdrawals.ends - other_withdrawals.amount_cents
),

withdrawn_payments as (
    select
        'payment|' || payment_id as anchor,
        'adjustments' as entity,
        adjustment_id as entity_key,
        adjusted_on as used_on,
        amount_cents::bigint as cents,
        true as is_recovery
    from (
        select * from exact_withdrawals
        union all
        select * from shared_withdrawals
    ) as matched
),

late_lines as (
    select * from lines
    where not is_timely and has_period and amount_cents > 0
),

short_services as (
    select account_id, item, service_from, service_to from services
    union
    select account_id, item, service_from, service_to from lines
    where is_timely and has_period
),

late_by_service as (
    select
        'service|' || short_services.account_id || '|' || short_services.item || '|' || short_services.service_from
            as anchor,
        late_lines.line_id,
        late_lines.issued_on,
        late_lines.amount_cents / count(*) over (partition by late_lines.line_id) as cents
    from late_lines
    inner join short_services
        on
            late_lines.account_id = short_services.account_id
            and late_lines.item = short_services.item
            and late_lines.service_from <= short_services.service_to
            and late_lines.service_to >= short_services.service_from
),

billed_services as (
    select
        anchor,
        'invoice_lines' as entity,
        line_id as entity_key,
        issued_on as used_on,
        cents,
        true as is_recovery
    from late_by_service
),

charged_fees as (
    select
        'fee|' || invoice_id as anchor,
        'adjustments' as entity,
        adjustment_id as entity_key,
        adjusted_on as used_on,
        amount_cents as cents,
        true as is_recovery
    from adjustments
    where kind = 'late_fee' and invoice_id is not null
),

charged_shortfalls as (
    -- what a bill forgot, asked for afterwards
    select
        'shortfall|' || invoice_id as anchor,
        'adjustments' as entity,
        adjustment_id as entity_key,
        adjusted_on as used_on,
        amount_cents as cents,
        true as is_recovery
    from adjustments
    where
        kind = 'debit'
        and invoice_id is not null
        and (reason ilike '%correct%' or reason ilike '%rebill%' or reason ilike '%short%')
),

takings_back as (
    -- a debit of the same amount that says it takes a credit back
    select
        credits.adjustment_id as credit_id,
        debits.adjustment_id,
        debits.adjusted_on,
        debits.amount_cents,
        row_number() over (
            partition by debits.adjustment_id order by credits.adjusted_on desc, credits.adjustment_id desc
        ) as place_of_credit,
        row_number() over (
            partition by credits.adjustment_id order by debits.adjusted_on, debits.adjustment_id
        ) as place_of_debit
    from adjustments as debits
    inner join adjustments as credits
        on
            debits.account_id = credits.account_id
            and debits.currency = credits.currency
            and debits.amount_cents = credits.amount_cents
            and debits.adjusted_on >= credits.adjusted_on
            and (debits.invoice_id is null or credits.invoice_id is null or debits.invoice_id = credits.invoice_id)
    where
        debits.kind = 'debit'
        and credits.kind in ('credit', 'refund')
        and (
            debits.reason = credits.reason
            or debits.reason ilike '%credit%'
            or debits.reason ilike '%revers%'
            or debits.reason ilike '%duplicate%'
        )
),

taken_back_credits as (
    select
        'adjustment|' || credit_id as anchor,
        'adjustments' as entity,
        adjustment_id as entity_key,
        adjusted_on as used_on,
        amount_cents as cents,
        true as is_recovery
    from takings_back
    where place_of_credit = 1 and place_of_debit = 1
),

uses as (
    select * from paid_invoices
    union all
    select * from matched_payments
    union all
    select * from retried_payments
    union all
    select * from withdrawn_payments
    union all
    select * from billed_services
    union all
    select * from charged_fees
    union all
    select * from charged_shortfalls
    union all
    select * from taken_back_credits
),

laid_out as (
    -- what used an anchor's cents, end to end in the order of time
    select
        anchor,
        entity,
        entity_key,
        used_on,
        cents,
        is_recovery,
        (sum(cents) over in_time - cents)::bigint as begins,
        (sum(cents) over in_time)::bigint as ends
    from uses
    where cents > 0
    window in_time as (partition by anchor order by used_on, entity, entity_key)
)

select * from laid_out
