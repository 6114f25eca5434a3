-- At most so many contacts within a window of local dates, whatever zone the person is in: the largest count is taken.
-- The contact itself is not counted; one of the very same instant counts when its key is smaller.
with

questions as (
    select distinct
        binding.attempt_id,
        binding.rule_id,
        binding.citation,
        binding.window_days,
        binding.cap,
        binding.media,
        binding.point_types,
        binding.unit as counted_by,
        case binding.unit when 'debt' then asked.unit else '' end as debt_unit,
        judged.person_id,
        judged.started_at,
        judged.company_date,
        exclusion.kind_id is not null as leaves_out_not_connected
    from binding
    inner join judged on binding.attempt_id = judged.attempt_id
    left join binding_kind as exclusion on binding.kind_id = exclusion.kind_id and exclusion.family = 'not_counted'
    left join asked on judged.attempt_id = asked.attempt_id
    where binding.family = 'frequency' and (binding.unit <> 'debt' or asked.unit is not null)
),

spouses as (
    -- whose contacts count too: the other one of a couple on a shared account, that day, however many they share
    select distinct
        questions.*,
        others.person_id as whose_id
    from questions
    inner join party as own
        on questions.person_id = own.person_id
        and own.from_on <= questions.company_date
        and (own.to_on is null or own.to_on >= questions.company_date)
    inner join party as others
        on own.account_id = others.account_id
        and own.person_id <> others.person_id
        and (own.role = 'spouse' or others.role = 'spouse')
        and others.from_on <= questions.company_date
        and (others.to_on is null or others.to_on >= questions.company_date)
    where questions.counted_by = 'person_or_spouse'
),

earlier as (
    -- only as far back as the rule looks, and a day more for the zones (`offset 0` keeps it so): what a person's whole
    -- history holds does not matter
    select
        questions.attempt_id,
        questions.rule_id,
        questions.debt_unit,
        questions.window_days,
        counted.started_at
    from (
        select
            *,
            person_id as whose_id
        from questions
        union all
        select * from spouses
    ) as questions
    cross join lateral (
        select attempt.*
        from attempt
        where
            attempt.person_id = questions.whose_id
            and attempt.started_at > questions.started_at - make_interval(days => questions.window_days + 2)
            and attempt.started_at <= questions.started_at
        offset 0
    ) as counted
    left join point on counted.contact_point_id = point.contact_point_id
    where
        counted.is_outbound
        and (counted.started_at, counted.attempt_id) < (questions.started_at, questions.attempt_id)
        and not (counted.is_not_connected and questions.leaves_out_not_connected)
        and (questions.media is null or counted.medium = any(questions.media))
        and (questions.point_types is null or coalesce(point.point_type, 'unknown') = any(questions.point_types))
        and (
            questions.counted_by <> 'debt'
            or exists (
                select 1 from about
                where about.attempt_id = counted.attempt_id and about.unit = questions.debt_unit
            )
        )
),

by_zone as (
    select
        earlier.attempt_id,
        earlier.rule_id,
        earlier.debt_unit,
        count(*) as counted
    from earlier
    inner join local_time on earlier.attempt_id = local_time.attempt_id
    where (earlier.started_at at time zone local_time.zone)::date > local_time.on_date - earlier.window_days
    group by earlier.attempt_id, earlier.rule_id, earlier.debt_unit, local_time.zone
),

largest as (
    select
        attempt_id,
        rule_id,
        debt_unit,
        max(counted)::integer as counted
    from by_zone
    group by attempt_id, rule_id, debt_unit
)

insert into found (attempt_id, rule_id, debt_unit, is_breach, counted, cap, detail, citation)
select
    questions.attempt_id,
    questions.rule_id,
    questions.debt_unit,
    coalesce(largest.counted, 0) >= questions.cap,
    coalesce(largest.counted, 0),
    questions.cap,
    format(
        'no. %s in %s days, %s allowed', coalesce(largest.counted, 0) + 1, questions.window_days, questions.cap
    ),
    questions.citation
from questions
left join largest
    on questions.attempt_id = largest.attempt_id
    and questions.rule_id = largest.rule_id
    and questions.debt_unit = largest.debt_unit
where coalesce(largest.counted, 0) >= questions.cap - 1;
