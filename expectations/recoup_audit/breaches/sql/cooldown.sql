-- The day of a telephone conversation is day 1; no call about the debt through day 7, in any zone that the person may be
-- in. Who began the conversation does not matter.
insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (asked.attempt_id, binding.rule_id, asked.unit)
    asked.attempt_id,
    binding.rule_id,
    asked.unit,
    true,
    null::integer,
    null::integer,
    format(
        'day %s after the conversation %s',
        local_time.on_date - (talks.started_at at time zone local_time.zone)::date + 1, talks.attempt_id
    ),
    binding.citation
from binding
inner join asked on binding.attempt_id = asked.attempt_id
inner join local_time on binding.attempt_id = local_time.attempt_id
inner join about as talks
    on asked.person_id = talks.person_id
    and asked.unit = talks.unit
    and talks.started_at > asked.started_at - make_interval(days => binding.window_days + 2)
    and (talks.started_at, talks.attempt_id) < (asked.started_at, asked.attempt_id)
inner join attempt on talks.attempt_id = attempt.attempt_id and attempt.is_conversation
where
    binding.family = 'cooldown'
    and local_time.on_date < (talks.started_at at time zone local_time.zone)::date + binding.window_days
order by asked.attempt_id, binding.rule_id, asked.unit, talks.started_at desc;
