-- What the families found, with the contact that it is about.
create temporary table told on commit drop as
select
    found.attempt_id,
    found.rule_id,
    found.debt_unit,
    found.is_breach,
    judged.person_id,
    judged.contact_point_id,
    judged.channel,
    judged.campaign,
    judged.started_at,
    found.detail,
    found.citation,
    found.counted,
    found.cap
from found
inner join judged on found.attempt_id = judged.attempt_id
where
    found.is_breach
    -- one is not near a rule that one has broken
    or not exists (
        select 1 from found as broken
        where
            broken.attempt_id = found.attempt_id
            and broken.rule_id = found.rule_id
            and broken.debt_unit = found.debt_unit
            and broken.is_breach
    );

create temporary table seen_again on commit drop as
select attempt.attempt_id
from attempt
inner join touched on attempt.person_id = touched.person_id and attempt.started_at >= touched.since;

analyze told;

analyze seen_again;
