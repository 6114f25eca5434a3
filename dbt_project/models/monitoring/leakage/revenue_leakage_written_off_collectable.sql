{{
    config(
        contract={'enforced': true},
        indexes=[{'columns': ['account_id']}]
    )
}}

with

adjustments as (
    select * from {{ ref('stg_ledger__adjustments') }} as stated
    where {{ recoup.as_known('stated') }} and stated.adjusted_on <= {{ recoup.as_of_date() }}
),

scores as (
    select * from {{ source('account_scores', 'contact_value') }}
),

evidence as (
    select * from {{ ref('revenue_leakage_evidence') }}
),

events as (
    select * from {{ ref('revenue_leakage_events') }}
),

write_offs as (
    select
        adjustment_id,
        account_id,
        currency,
        invoice_id,
        amount_cents,
        adjusted_on,
        greatest(adjusted_on, {{ recoup.learned_on('known_from') }}) as known_on,
        sum(amount_cents) over (
            partition by account_id, currency order by adjusted_on, adjustment_id
        ) as ends
    from adjustments
    where kind = 'write_off' and amount_cents > 0
),

recoveries as (
    select
        adjustment_id,
        account_id,
        currency,
        invoice_id,
        amount_cents,
        adjusted_on,
        greatest(adjusted_on, {{ recoup.learned_on('known_from') }}) as known_on,
        sum(amount_cents) filter (where invoice_id is null) over (
            partition by account_id, currency order by adjusted_on, adjustment_id
        ) as ends
    from adjustments
    where kind = 'recovery' and amount_cents > 0
),

paid_after as (
    -- of the written-off invoice that the recovery names; else end to end, the oldest write-off first
    select
        write_offs.adjustment_id,
        recoveries.known_on,
        recoveries.amount_cents
    from write_offs
    inner join recoveries
        on
            write_offs.account_id = recoveries.account_id
            and write_offs.invoice_id = recoveries.invoice_id
    where recoveries.adjusted_on >= write_offs.adjusted_on
    union all
    select
        write_offs.adjustment_id,
        recoveries.known_on,
        least(write_offs.ends, recoveries.ends)
        - greatest(write_offs.ends - write_offs.amount_cents, recoveries.ends - recoveries.amount_cents) as amount_cents
    from write_offs
    inner join recoveries
        on
            write_offs.account_id = recoveries.account_id
            and write_offs.currency = recoveries.currency
            and recoveries.invoice_id is null
            and recoveries.adjusted_on >= write_offs.adjusted_on
            and write_offs.ends > recoveries.ends - recoveries.amount_cents
            and recoveries.ends > write_offs.ends - write_offs.amount_cents
),

paid as (
    select
        adjustment_id,
        min(known_on) as first_paid_on,
        sum(amount_cents)::bigint as paid_cents
    from paid_after
    group by adjustment_id
),

last_scores as (
    -- the last word of the model before the write-off
    select
        write_offs.adjustment_id,
        (array_agg(scores.p_pay_if_contacted order by scores.as_of_date desc))[1] as p_pay_if_contacted
    from write_offs
    inner join scores
        on
            write_offs.account_id = scores.account_id
            and scores.as_of_date between write_offs.adjusted_on - 30 and write_offs.adjusted_on
            and scores.as_of_date <= {{ recoup.as_of_date() }}
    group by write_offs.adjustment_id
),

collectable as (
    select
        write_offs.adjustment_id,
        write_offs.account_id,
        write_offs.currency,
        write_offs.invoice_id,
        write_offs.amount_cents,
        write_offs.adjusted_on,
        coalesce(paid.paid_cents, 0) as paid_cents,
        case
            when last_scores.p_pay_if_contacted > {{ var('leakage_recovery_floor') }} then write_offs.known_on
            else greatest(paid.first_paid_on, write_offs.known_on)
        end as detected_on,
        case
            when last_scores.p_pay_if_contacted > {{ var('leakage_recovery_floor') }}
                then 'written off, scored above the recovery floor'
            else 'written off, then paid'
        end as detail
    from write_offs
    left join paid on write_offs.adjustment_id = paid.adjustment_id
    left join last_scores on write_offs.adjustment_id = last_scores.adjustment_id
    where
        paid.paid_cents > 0
        or last_scores.p_pay_if_contacted > {{ var('leakage_recovery_floor') }}
),

claimed_before as (
    -- what is still open of the invoice under a cause that goes first
    select
        evidence.anchor,
        sum(evidence.at_risk_amount - evidence.recovered_amount) as claimed_amount,
        array_agg(distinct events.cause order by events.cause) as causes
    from evidence
    inner join events on evidence.event_id = events.event_id
    where evidence.anchor in (select 'invoice|' || collectable.invoice_id from collectable)
    group by evidence.anchor
),

converted as (
    select
        collectable.adjustment_id,
        collectable.account_id,
        collectable.currency,
        collectable.adjusted_on,
        collectable.detected_on,
        collectable.detail,
        coalesce(claimed_before.causes, cast(array[] as text[])) as other_causes,
        greatest(
            {{ recoup.amount('collectable.amount_cents', 'collectable.currency') }}
            - coalesce(claimed_before.claimed_amount, 0),
            0
        ) as at_risk_amount,
        {{ recoup.amount('collectable.paid_cents', 'collectable.currency') }} as paid_amount
    from collectable
    left join claimed_before on 'invoice|' || collectable.invoice_id = claimed_before.anchor
    where collectable.detected_on <= {{ recoup.as_of_date() }}
),

described as (
    select
        md5(concat_ws('|', 'written_off_collectable', 'adjustments', adjustment_id, currency)) as event_id,
        'written_off_collectable' as cause,
        account_id,
        currency,
        cast(at_risk_amount as numeric(20, 4)) as at_risk_amount,
        cast(least(paid_amount, at_risk_amount) as numeric(20, 4)) as recovered_amount,
        cast(at_risk_amount - least(paid_amount, at_risk_amount) as numeric(20, 4)) as open_amount,
        adjusted_on as arose_on,
        detected_on,
        case
            when paid_amount = 0 then 'open'
            when paid_amount < at_risk_amount then 'partly_recovered'
            else 'recovered'
        end as status,
        other_causes,
        'adjustments' as subject_entity,
        adjustment_id as subject_key,
        detail
    from converted
    where at_risk_amount > 0
)

select * from described
