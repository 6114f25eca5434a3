-- A debt that was disputed within the validation period, or before anything was sent, until verification is sent; a
-- dispute that came later only flags.
with

weighed as (
    select
        binding.rule_id,
        binding.citation,
        binding.window_days,
        raised.*
    from binding
    inner join concerned as raised on binding.attempt_id = raised.attempt_id and raised.status = 'dispute'
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
            and (answer.person_id is null or answer.person_id = weighed.person_id)
            and (answer.account_id is null or answer.account_id = weighed.account_id)
            and (answer.of_debt_id is null or answer.of_debt_id = weighed.of_debt_id)
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

-- A billing dispute of an invoice closes the invoice's debt, or the whole account where it names none, while it is open.
with

closed as (
    select
        asked.attempt_id,
        asked.unit,
        raised.opened_at
    from billing_dispute as raised
    inner join asked on raised.debt_id = asked.debt_id
    where
        raised.opened_at <= asked.started_at
        and (raised.closed_at is null or raised.closed_at > asked.started_at)
    union all
    select
        asked.attempt_id,
        asked.unit,
        raised.opened_at
    from billing_dispute as raised
    inner join asked on raised.account_id = asked.account_id
    where
        raised.debt_id is null
        and raised.opened_at <= asked.started_at
        and (raised.closed_at is null or raised.closed_at > asked.started_at)
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (closed.attempt_id, binding.rule_id, closed.unit)
    closed.attempt_id,
    binding.rule_id,
    closed.unit,
    true,
    null::integer,
    null::integer,
    format('its bill in dispute since %s', to_char(closed.opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
    binding.citation
from closed
inner join binding on closed.attempt_id = binding.attempt_id
where binding.family = 'dispute'
order by closed.attempt_id, binding.rule_id, closed.unit, closed.opened_at;
