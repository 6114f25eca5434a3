-- What the contact center delivered for the day, after a first batch without rows.
insert into raw_contact.batches (batch_id, feed, as_of_date, recorded_at, is_first, finished_at) overriding system value values
(1, 'contact', '2026-03-30', '2026-03-31 09:00+00', true, '2026-03-31 09:01+00'),
(2, 'contact', '2026-03-31', '2026-04-01 09:00+00', false, '2026-04-01 09:01+00');

insert into raw_contact.contact_points (
    contact_point_id, person_id, medium, type, postal_code, area_code, source
)
select 'C22', 'P2', 'voice', 'work', '60601', '312', 'call';
insert into raw_contact.status_events (person_id, account_id, status, from_at, to_at, detail)
select v.* from (values
    ('P4', null, 'do_not_contact', '2026-01-01 00:00+00'::timestamptz, '2026-12-31 00:00+00'::timestamptz, 'said so on the phone'),
    ('P5', 'A5', 'dispute', '2026-03-01 00:00+00', null, 'meter'),
    ('P1', null, 'do_not_contact', '2025-01-01 00:00+00', '2025-06-01 00:00+00', 'ended')
) as v;
insert into raw_contact.consents (contact_point_id, person_id, medium, purpose, state, at)
select 'C1', 'P1', 'voice', 'collection', 'given', '2026-01-05 12:00+00'::timestamptz;
insert into raw_contact.attempts (
    attempt_id, person_id, contact_point_id, debt_ids, channel, direction, started_at, connected, human,
    right_party, conversation, talk_seconds, agent_id, campaign, disposition_raw
)
select v.* from (values
    ('T1', 'P1', 'C1', array['D1'], 'voice', 'outbound', '2026-03-31 15:00+00'::timestamptz, true, true, true, true, 120, 'G1', 'past_due', 'PTP'),
    ('T2', 'P2', 'C22', array['D2'], 'voice', 'outbound', '2026-03-31 16:00+00', false, false, false, false, 0, 'G1', 'past_due', 'NA')
) as v;
insert into raw_contact.promises (promise_id, account_id, attempt_id, made_at, due_on, amount_cents)
select 'M1', 'A1', 'T1', '2026-03-31 15:02+00'::timestamptz, '2026-04-05'::date, 10000;
insert into raw_contact.agents (agent_id, team, skills, cost_per_hour_cents)
select 'G1', 'east', array['english'], 2500;
insert into raw_contact.shifts (agent_id, starts_at, ends_at)
select 'G1', '2026-03-31 12:00+00'::timestamptz, '2026-03-31 20:00+00'::timestamptz;
insert into raw_contact.assignments (account_id, team, from_on, to_on)
select 'A3', 'holdout', '2026-01-01'::date, '2026-12-31'::date;
insert into raw_contact.sentiment (attempt_id, at, score, source)
select 'T1', '2026-03-31 15:02+00'::timestamptz, 0.4, 'speech';
