-- The first contact about a debt waits until the validation information was sent.
insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (asked.attempt_id, binding.rule_id, asked.unit)
    asked.attempt_id,
    binding.rule_id,
    asked.unit,
    true,
    null::integer,
    null::integer,
    format('no validation information was sent for %s', asked.debt_id),
    binding.citation
from binding
inner join asked on binding.attempt_id = asked.attempt_id
where
    binding.family = 'disclosure'
    and not exists (
        select 1 from concerned
        where
            concerned.attempt_id = asked.attempt_id
            and concerned.debt_id = asked.debt_id
            and concerned.status = 'validation_sent'
    )
order by asked.attempt_id, binding.rule_id, asked.unit, asked.debt_id;
