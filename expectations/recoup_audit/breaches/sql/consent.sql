-- The newest statement by subject and purpose; servicing and collection bind a collection contact. Of two statements of one
-- instant the stricter holds.
create temporary table spoken on commit drop as
with

of_the_point as (
    select
        judged.attempt_id,
        judged.started_at,
        'point' as subject,
        statement.*
    from judged
    inner join statement on judged.contact_point_id = statement.contact_point_id and statement.medium in (judged.medium, 'any')
    where judged.is_own_point and statement.at <= judged.started_at
),

of_the_person as (
    select
        judged.attempt_id,
        judged.started_at,
        'person' as subject,
        statement.*
    from judged
    inner join statement on judged.person_id = statement.person_id and statement.medium in (judged.medium, 'any')
    where statement.at <= judged.started_at
)

select distinct on (attempt_id, subject, purpose)
    attempt_id,
    subject,
    purpose,
    state,
    at
from (select * from of_the_point union all select * from of_the_person) as statements
where purpose in ('servicing', 'collection')
order by attempt_id, subject, purpose, at desc, strictness;

create index on spoken (attempt_id);

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (binding.attempt_id, binding.rule_id)
    binding.attempt_id,
    binding.rule_id,
    '',
    true,
    null::integer,
    null::integer,
    format('%s since %s', spoken.state, to_char(spoken.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
    binding.citation
from binding
inner join spoken
    on binding.attempt_id = spoken.attempt_id
    and binding.family = case spoken.subject when 'point' then 'refused_for_point' else 'refused_by_person' end
where spoken.state in ('refused', 'revoked')
order by binding.attempt_id, binding.rule_id, spoken.at desc;

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select
    binding.attempt_id,
    binding.rule_id,
    '',
    true,
    null::integer,
    null::integer,
    case
        when binding.window_days is null then 'no consent on record'
        else format('no consent and no check of the number within %s days', binding.window_days)
    end,
    binding.citation
from binding
inner join judged on binding.attempt_id = judged.attempt_id
cross join this_run
where
    binding.family = 'consent_given'
    and not exists (
        select 1 from spoken
        where
            spoken.attempt_id = judged.attempt_id
            and spoken.state = 'given'
            and (
                binding.window_days is null
                or (spoken.at at time zone this_run.company_zone)::date > judged.company_date - binding.window_days
            )
    )
    and not (
        binding.window_days is not null
        and judged.is_own_point
        and exists (
            select 1 from number_check
            where
                number_check.contact_point_id = judged.contact_point_id
                and number_check.verified_at <= judged.started_at
                and (number_check.verified_at at time zone this_run.company_zone)::date
                > judged.company_date - binding.window_days
        )
    );
