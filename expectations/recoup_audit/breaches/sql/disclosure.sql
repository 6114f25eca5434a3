-- The first contact about a debt waits until the validation information was sent.
insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (question.attempt_id, binding.rule_id, question.unit)
    question.attempt_id,
    binding.rule_id,
    question.unit,
    true,
    null::integer,
    null::integer,
    format('no validation information was sent for %s', coalesce(question.debt_id, 'any debt')),
    binding.citation
from binding
inner join question on binding.attempt_id = question.attempt_id
where
    binding.family = 'disclosure'
    and not exists (
        select 1 from concerned
        where
            concerned.attempt_id = question.attempt_id
            and concerned.debt_id is not distinct from question.debt_id
            and concerned.status = 'validation_sent'
    )
order by question.attempt_id, binding.rule_id, question.unit, question.debt_id;
