-- A debt that has ended with its limitation period; a default that nobody dated counts as long past. A day that does not
-- exist in the last year is the one before it.
insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (asked.attempt_id, binding.rule_id, asked.unit)
    asked.attempt_id,
    binding.rule_id,
    asked.unit,
    true,
    null::integer,
    null::integer,
    format('%s years from the default on %s', binding.years, coalesce(debt.default_on::text, 'an unknown day')),
    binding.citation
from binding
inner join asked on binding.attempt_id = asked.attempt_id
inner join debt on asked.debt_id = debt.debt_id
inner join local_time on binding.attempt_id = local_time.attempt_id
where
    binding.family = 'time_barred'
    and (
        debt.default_on is null
        or local_time.on_date >= (debt.default_on + make_interval(years => binding.years))::date
    )
order by asked.attempt_id, binding.rule_id, asked.unit, debt.default_on;
