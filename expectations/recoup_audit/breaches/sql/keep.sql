-- Run once for the breaches and once for the near misses. What was found of the judged contacts takes the place of what was
-- found of them before; what no longer holds stays, with the instant at which it was taken back.
update audit.{table} as kept
set retracted_at = this_run.recorded_at, retracted_as_of = this_run.as_of_date
from this_run
where
    kept.attempt_id in (select attempt_id from seen_again)
    and kept.retracted_at is null
    and not exists (
        select 1 from told
        where
            told.attempt_id = kept.attempt_id
            and told.rule_id = kept.rule_id
            and told.debt_unit = kept.debt_unit
            and told.is_breach = {is_breach}
    );

insert into audit.{table} as kept (
    attempt_id, rule_id, debt_unit, person_id, contact_point_id, channel, campaign, started_at, detail, citation,
    counted, cap, as_of_date, found_at
)
select distinct on (told.attempt_id, told.rule_id, told.debt_unit)
    told.attempt_id,
    told.rule_id,
    told.debt_unit,
    told.person_id,
    told.contact_point_id,
    told.channel,
    told.campaign,
    told.started_at,
    told.detail,
    told.citation,
    told.counted,
    told.cap,
    this_run.as_of_date,
    this_run.recorded_at
from told
cross join this_run
where told.is_breach = {is_breach}
order by told.attempt_id, told.rule_id, told.debt_unit, told.counted desc nulls last, told.detail
on conflict (attempt_id, rule_id, debt_unit) do update
set
    person_id = excluded.person_id,
    contact_point_id = excluded.contact_point_id,
    channel = excluded.channel,
    campaign = excluded.campaign,
    started_at = excluded.started_at,
    detail = excluded.detail,
    citation = excluded.citation,
    counted = excluded.counted,
    cap = excluded.cap,
    retracted_at = null,
    retracted_as_of = null
where
    (
        kept.person_id, kept.contact_point_id, kept.channel, kept.campaign, kept.started_at, kept.detail, kept.citation,
        kept.counted, kept.cap, kept.retracted_at
    ) is distinct from (
        excluded.person_id, excluded.contact_point_id, excluded.channel, excluded.campaign, excluded.started_at,
        excluded.detail, excluded.citation, excluded.counted, excluded.cap, null
    );
