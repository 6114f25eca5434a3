-- Where somebody is called: at work, at a place called inconvenient, or where nobody knows what time it is.
insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select
    binding.attempt_id,
    binding.rule_id,
    '',
    true,
    null::integer,
    null::integer,
    'a contact point at work',
    binding.citation
from binding
where binding.family = 'work'
union all
select
    binding.attempt_id,
    binding.rule_id,
    '',
    true,
    null::integer,
    null::integer,
    'the time zones of the person are not known',
    binding.citation
from binding
inner join judged on binding.attempt_id = judged.attempt_id
where binding.family = 'unknown_place' and not judged.is_known;

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (binding.attempt_id, binding.rule_id)
    binding.attempt_id,
    binding.rule_id,
    '',
    true,
    null::integer,
    null::integer,
    format('called inconvenient: %s', coalesce(concerned.detail, 'no place given')),
    binding.citation
from binding
inner join judged on binding.attempt_id = judged.attempt_id
inner join concerned on binding.attempt_id = concerned.attempt_id and concerned.status = 'inconvenient_place'
where
    binding.family = 'inconvenient_place'
    and concerned.is_standing
    and (
        concerned.detail = judged.point_type
        or concerned.detail is null
        or concerned.detail not in ('work', 'home', 'mobile')
    )
order by binding.attempt_id, binding.rule_id, concerned.from_at;
