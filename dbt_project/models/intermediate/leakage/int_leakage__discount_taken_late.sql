with

accounts as (
    select * from {{ ref('int_leakage__accounts') }}
    where discount_rate > 0 and discount_days is not null
),

invoices as (
    select * from {{ ref('int_leakage__invoices') }}
),

applications as (
    select * from {{ ref('int_leakage__applications') }}
),

payments as (
    select * from {{ ref('int_leakage__payment_chains') }}
),

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }}
),

offers as (
    select
        invoices.invoice_id,
        invoices.account_id,
        invoices.currency,
        invoices.issued_on,
        invoices.issued_on + accounts.discount_days as discount_ends_on,
        invoices.total_cents,
        round(invoices.total_cents * accounts.discount_rate)::bigint as offered_cents
    from invoices
    inner join accounts on invoices.account_id = accounts.account_id
    where round(invoices.total_cents * accounts.discount_rate) > 0
),

paid as (
    -- the day the customer paid is the day of the attempt, not of its settlement
    select
        applications.invoice_id,
        applications.payment_id,
        applications.application_id,
        applications.applied_on,
        payments.attempted_on
    from applications
    inner join offers on applications.invoice_id = offers.invoice_id
    inner join payments on applications.payment_id = payments.payment_id
),

discounts as (
    select
        adjustments.adjustment_id,
        adjustments.account_id,
        adjustments.currency,
        adjustments.invoice_id,
        adjustments.amount_cents,
        adjustments.adjusted_on,
        adjustments.reason ~* '(early|prompt|cash|payment)' as is_for_paying_early,
        greatest(adjustments.adjusted_on, {{ learned_on('adjustments.known_from') }}) as detected_on
    from adjustments
    inner join accounts on adjustments.account_id = accounts.account_id
    where
        adjustments.kind = 'credit'
        and adjustments.adjusted_on <= {{ as_of_date() }}
        and adjustments.reason ilike '%discount%'
        and {{ as_known('adjustments') }}
),

candidates as (
    -- the invoice that the credit names; else one that it or a payment of those days paid and whose offer is the credit
    select
        discounts.adjustment_id,
        discounts.adjusted_on,
        offers.invoice_id,
        offers.issued_on,
        offers.offered_cents,
        offers.discount_ends_on,
        discounts.amount_cents,
        -- a bill of which little was left open bears no more than that
        abs(offers.offered_cents - discounts.amount_cents) <= 1
        or (
            discounts.invoice_id is not null
            and discounts.is_for_paying_early
            and discounts.amount_cents < offers.offered_cents
        ) as fits
    from discounts
    inner join offers
        on
            discounts.account_id = offers.account_id
            and discounts.currency = offers.currency
            and offers.issued_on <= discounts.adjusted_on
            and (discounts.invoice_id is null or discounts.invoice_id = offers.invoice_id)
    where
        discounts.invoice_id is not null
        or exists (
            select 1 from applications
            where
                applications.invoice_id = offers.invoice_id
                and applications.applied_on between discounts.adjusted_on - 7 and discounts.adjusted_on + 7
        )
),

alone as (
    select
        adjustment_id,
        invoice_id,
        offered_cents as taken_cents,
        row_number() over (
            partition by adjustment_id order by abs(offered_cents - amount_cents), issued_on desc, invoice_id
        ) as place
    from candidates
    where fits
),

together as (
    -- one credit for the bills of one day
    select
        adjustment_id,
        issued_on
    from candidates
    where adjustment_id not in (select alone.adjustment_id from alone)
    group by adjustment_id, issued_on, amount_cents
    having count(*) > 1 and abs(sum(offered_cents) - amount_cents) <= count(*)
),

taken as (
    select adjustment_id, invoice_id, taken_cents from alone
    where place = 1
    union all
    select candidates.adjustment_id, candidates.invoice_id, candidates.offered_cents as taken_cents
    from candidates
    inner join together
        on candidates.adjustment_id = together.adjustment_id and candidates.issued_on = together.issued_on
),

payments_before as (
    -- a discount is credited as the payment that took it is posted, or soon after
    select
        taken.adjustment_id,
        taken.invoice_id,
        payments.payment_id,
        payments.attempted_on,
        abs(payments.amount_cents + discounts.amount_cents - offers.total_cents) <= 1 as is_the_rest,
        payments.settled_on = discounts.adjusted_on as is_same_day,
        exists(
            select 1 from paid
            where paid.invoice_id = taken.invoice_id and paid.payment_id = payments.payment_id
        ) as is_for_invoice
    from taken
    inner join discounts on taken.adjustment_id = discounts.adjustment_id
    inner join offers on taken.invoice_id = offers.invoice_id
    inner join payments
        on
            discounts.account_id = payments.account_id
            and discounts.currency = payments.currency
            and payments.settled_on between discounts.adjusted_on - 7 and discounts.adjusted_on
),

paid_by as (
    -- the payment that took it: of that very day, of the invoice less the discount, applied to the invoice, or the
    -- last; its money may have gone to an older invoice
    select
        *,
        row_number() over (
            partition by adjustment_id, invoice_id
            order by is_same_day desc, is_the_rest desc, is_for_invoice desc, attempted_on desc, payment_id
        ) as place
    from payments_before
),

last_paid as (
    -- no payment within the week before: the last that the invoice had got
    select
        taken.adjustment_id,
        taken.invoice_id,
        max(paid.attempted_on) as paid_on
    from taken
    inner join discounts on taken.adjustment_id = discounts.adjustment_id
    inner join paid on taken.invoice_id = paid.invoice_id and paid.applied_on <= discounts.adjusted_on
    group by taken.adjustment_id, taken.invoice_id
),

judged as (
    -- without any payment: the credit's own day, less a week for the bank
    select
        taken.adjustment_id,
        taken.invoice_id,
        least(taken.taken_cents, discounts.amount_cents) as taken_cents,
        discounts.account_id,
        discounts.currency,
        discounts.adjusted_on,
        discounts.detected_on,
        offers.discount_ends_on,
        paid_by.payment_id,
        coalesce(paid_by.attempted_on, last_paid.paid_on, discounts.adjusted_on - 7) as paid_on
    from taken
    inner join discounts on taken.adjustment_id = discounts.adjustment_id
    inner join offers on taken.invoice_id = offers.invoice_id
    left join paid_by
        on
            taken.adjustment_id = paid_by.adjustment_id
            and taken.invoice_id = paid_by.invoice_id
            and paid_by.place = 1
    left join last_paid
        on taken.adjustment_id = last_paid.adjustment_id and taken.invoice_id = last_paid.invoice_id
),

credited as (
    select
        invoice_id,
        account_id,
        currency,
        adjusted_on as arose_on,
        detected_on,
        'discount credited after its date' as detail,
        'adjustment|' || adjustment_id as anchor,
        adjustment_id,
        payment_id,
        taken_cents as at_risk_cents
    from judged
    where paid_on > discount_ends_on
),

written_off as (
    select
        adjustments.adjustment_id,
        adjustments.invoice_id,
        adjustments.amount_cents,
        adjustments.adjusted_on,
        greatest(adjustments.adjusted_on, {{ learned_on('adjustments.known_from') }}) as detected_on
    from adjustments
    where
        adjustments.kind = 'write_off'
        and adjustments.adjusted_on <= {{ as_of_date() }}
        and {{ as_known('adjustments') }}
),

short_paid as (
    -- a rest of just the discount that was let go; while it is still owed it is an overdue balance, and no discount
    select
        offers.invoice_id,
        offers.account_id,
        offers.currency,
        written_off.adjusted_on as arose_on,
        written_off.detected_on,
        'paid short by the discount after its date' as detail,
        'invoice|' || offers.invoice_id as anchor,
        written_off.adjustment_id,
        cast(null as text) as payment_id,
        written_off.amount_cents as at_risk_cents
    from offers
    inner join written_off
        on
            offers.invoice_id = written_off.invoice_id
            and abs(written_off.amount_cents - offers.offered_cents) <= 1
    inner join paid on offers.invoice_id = paid.invoice_id
    group by
        offers.invoice_id,
        offers.account_id,
        offers.currency,
        offers.discount_ends_on,
        written_off.adjusted_on,
        written_off.detected_on,
        written_off.adjustment_id,
        written_off.amount_cents
    having max(paid.attempted_on) > offers.discount_ends_on
),

late as (
    select * from credited
    union all
    select * from short_paid
),

rows_of_evidence as (
    select
        invoice_id,
        adjustment_id,
        'subject' as role,
        'invoices' as entity,
        invoice_id as entity_key,
        anchor,
        at_risk_cents
    from late
    union all
    select
        invoice_id,
        adjustment_id,
        'discount' as role,
        'adjustments' as entity,
        adjustment_id as entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from late
    where adjustment_id is not null
    union all
    select
        late.invoice_id,
        late.adjustment_id,
        'late payment' as role,
        'payments' as entity,
        paid.payment_id as entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from late
    inner join paid on late.invoice_id = paid.invoice_id
    union
    select
        invoice_id,
        adjustment_id,
        'late payment' as role,
        'payments' as entity,
        payment_id as entity_key,
        cast(null as text) as anchor,
        cast(null as bigint) as at_risk_cents
    from late
    where payment_id is not null
),

facts as (
    select
        'discount_taken_late' as cause,
        late.account_id,
        late.currency,
        'invoices' as subject_entity,
        late.invoice_id as subject_key,
        late.arose_on,
        late.detected_on,
        late.detail,
        rows_of_evidence.role,
        rows_of_evidence.entity,
        rows_of_evidence.entity_key,
        rows_of_evidence.anchor,
        late.arose_on + 1 as since_on,
        rows_of_evidence.at_risk_cents
    from late
    inner join rows_of_evidence
        on
            late.invoice_id = rows_of_evidence.invoice_id
            and late.adjustment_id is not distinct from rows_of_evidence.adjustment_id
)

select * from facts
