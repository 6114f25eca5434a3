-- A debt that was disputed within the validation period, or before anything was sent, until verification is sent; a
-- dispute that came later only flags. A billing dispute of an invoice is one of the invoice's debt while it is open.
with

raised as (
    select
        concerned.attempt_id,
        concerned.debt_id,
        concerned.unit,
        concerned.width,
        concerned.from_at,
        concerned.is_standing
    from concerned
    where concerned.status = 'dispute'
    union all
    select
        asked.attempt_id,
        asked.debt_id,
        asked.unit,
        1,
        billing_dispute.opened_at,
        billing_dispute.closed_at is null or billing_dispute.closed_at > asked.started_at
    from asked
    inner join billing_dispute on asked.debt_id = billing_dispute.debt_id
    where billing_dispute.opened_at <= asked.started_at
    union all
    select
        asked.attempt_id,
        asked.debt_id,
        asked.unit,
        2,
        billing_dispute.opened_at,
        billing_dispute.closed_at is null or billing_dispute.closed_at > asked.started_at
    from asked
    inner join billing_dispute on asked.account_id = billing_dispute.account_id
    where billing_dispute.opened_at <= asked.started_at
),

weighed as (
    select
        binding.rule_id,
        binding.citation,
        binding.window_days,
        raised.*
    from binding
    inner join raised on binding.attempt_id = raised.attempt_id
    where binding.family = 'dispute' and raised.is_standing
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (weighed.attempt_id, weighed.rule_id, weighed.unit)
    weighed.attempt_id,
    weighed.rule_id,
    weighed.unit,
    true,
    null::integer,
    null::integer,
    format('disputed since %s', to_char(weighed.from_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
    weighed.citation
from weighed
where
    not exists (
        select 1 from concerned as answer
        where
            answer.attempt_id = weighed.attempt_id
            and answer.debt_id is not distinct from weighed.debt_id
            and answer.status = 'verification_sent'
            and answer.from_at >= weighed.from_at
            and answer.width >= weighed.width
    )
    and (
        not exists (
            select 1 from concerned as sending
            where
                sending.attempt_id = weighed.attempt_id
                and sending.debt_id is not distinct from weighed.debt_id
                and sending.status = 'validation_sent'
                and sending.from_at <= weighed.from_at
        )
        or exists (
            select 1 from concerned as sending
            where
                sending.attempt_id = weighed.attempt_id
                and sending.debt_id is not distinct from weighed.debt_id
                and sending.status = 'validation_sent'
                and sending.from_at <= weighed.from_at
                and weighed.from_at <= sending.from_at + make_interval(hours => 24 * weighed.window_days)
        )
    )
order by weighed.attempt_id, weighed.rule_id, weighed.unit, weighed.from_at;
