-- From the first minute to before the last, in every zone that the person may be in; a time that the person called
-- inconvenient is closed too, in any of them. Where the place is not known, that is found instead.
with

wall_clock as (
    select
        binding.attempt_id,
        binding.rule_id,
        binding.citation,
        binding.local_from,
        binding.local_to,
        local_time.zone,
        local_time.at
    from binding
    inner join local_time on binding.attempt_id = local_time.attempt_id
    where
        binding.family = 'hours'
        and local_time.is_known
        and (binding.weekdays is null or extract(isodow from local_time.at)::integer = any(binding.weekdays))
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (attempt_id, rule_id)
    attempt_id,
    rule_id,
    '',
    at::time < local_from or at::time >= local_to,
    null::integer,
    null::integer,
    format('%s in %s', to_char(at, 'HH24:MI:SS'), zone),
    citation
from wall_clock
where
    at::time < local_from
    or at::time >= local_to
    -- near an edge; as spans, for a time of day would go round past midnight
    or at::time::interval < local_from::interval + interval '15 minutes'
    or at::time::interval >= local_to::interval - interval '15 minutes'
order by attempt_id, rule_id, at::time >= local_from and at::time < local_to, zone;

with

-- Exactly HH:MM-HH:MM; anything else closes the whole day.
stated as (
    select
        status.*,
        parts.found is not null as is_readable,
        (parts.found[1] || ':00')::interval as closes,
        (parts.found[2] || ':00')::interval as opens
    from status
    left join
        regexp_match(status.detail, '^((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:(?:[01][0-9]|2[0-3]):[0-5][0-9])|24:00)$')
            as parts (found) on true
    where status.status in ('inconvenient_time', 'shift_preference')
),

-- 08:00-08:00 is a whole day, 21:00-09:00 goes past midnight
inconvenient as (
    select
        binding.attempt_id,
        binding.rule_id,
        binding.citation,
        stated.detail,
        local_time.zone,
        local_time.at
    from binding
    inner join local_time on binding.attempt_id = local_time.attempt_id
    inner join concerned
        on binding.attempt_id = concerned.attempt_id and concerned.status = any(binding.closing_statuses)
    inner join stated on concerned.status_key = stated.status_key
    where
        binding.family = 'hours'
        and local_time.is_known
        and concerned.is_standing
        and (
            not stated.is_readable
            or case
                when stated.closes < stated.opens
                    then local_time.at::time::interval >= stated.closes and local_time.at::time::interval < stated.opens
                else local_time.at::time::interval >= stated.closes or local_time.at::time::interval < stated.opens
            end
        )
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select distinct on (attempt_id, rule_id)
    attempt_id,
    rule_id,
    '',
    true,
    null::integer,
    null::integer,
    format('%s in %s, called inconvenient: %s', to_char(at, 'HH24:MI:SS'), zone, coalesce(detail, 'no times given')),
    citation
from inconvenient
order by attempt_id, rule_id, zone;
