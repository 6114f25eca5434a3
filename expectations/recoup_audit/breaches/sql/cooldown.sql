-- The day of a telephone conversation is day 1; no call about the debt through day 7, in any zone that the person may be
-- in. Who began the conversation does not matter.
--
-- From each conversation it is only looked forward as far as the rule reaches (`offset 0` keeps it so), and a day more for
-- the zones: what a person's whole history holds does not matter.
with

talks as (
    select distinct
        about.attempt_id,
        about.person_id,
        about.unit,
        about.started_at
    from attempt
    inner join about on attempt.attempt_id = about.attempt_id
    where attempt.is_conversation
),

reach as (
    select max(window_days) + 2 as days from rule_text where family = 'cooldown'
),

afterwards as (
    select
        called.attempt_id,
        called.unit,
        talks.attempt_id as talk_id,
        talks.started_at as talked_at
    from talks
    cross join reach
    cross join lateral (
        select
            asked.attempt_id,
            asked.unit,
            asked.started_at
        from asked
        where
            asked.person_id = talks.person_id
            and asked.unit = talks.unit
            and asked.started_at >= talks.started_at
            and asked.started_at < talks.started_at + make_interval(days => reach.days)
        offset 0
    ) as called
    where (talks.started_at, talks.attempt_id) < (called.started_at, called.attempt_id)
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (afterwards.attempt_id, binding.rule_id, afterwards.unit)
    afterwards.attempt_id,
    binding.rule_id,
    afterwards.unit,
    true,
    null::integer,
    null::integer,
    format(
        'day %s after the conversation %s',
        local_time.on_date - (afterwards.talked_at at time zone local_time.zone)::date + 1, afterwards.talk_id
    ),
    binding.citation
from afterwards
inner join binding on afterwards.attempt_id = binding.attempt_id
inner join local_time on afterwards.attempt_id = local_time.attempt_id
where
    binding.family = 'cooldown'
    and local_time.on_date < (afterwards.talked_at at time zone local_time.zone)::date + binding.window_days
order by
    afterwards.attempt_id, binding.rule_id, afterwards.unit, afterwards.talked_at desc, afterwards.talk_id desc, local_time.zone;
