-- The proposed lists of one date: A1 and A5 treated, A2 explored; A3, A4, A6 and A7 left out.
insert into scores.proposed_contact_priority (
    list_date, as_of_date, seq, account_id, person_id, debt_ids, channel, contact_point_id, assigned_slot_start_utc,
    assigned_slot_end_utc, priority_score, p_right_party, p_pay_if_contacted, p_pay_if_not, expected_recovery_amount,
    uplift_amount, cost_amount, balance_amount, past_due_amount, currency, days_past_due, aging_bucket,
    allowed_windows_utc, time_zone_set, attempts_remaining, valid_until_utc, action, script_code, queue, reason_codes,
    arm, model_version, rule_version, run_id
)
values
(
    '2026-04-01', '2026-03-31', 1, 'A1', 'P1', array['D1'], 'voice', 'C1', '2026-04-01 21:00+00', '2026-04-01 22:00+00',
    5.1, 0.3, 0.5, 0.3, 50, 20, 0.9, 150, 100, 'USD', 30, '1-30', '{[2026-04-01 12:00+00, 2026-04-02 01:00+00)}',
    array['America/New_York'], 5, '2026-04-02 01:00+00', 'call', 'standard', 'standard', array['recently late'],
    'treated', 'reach-1', 'rules-1', '2026-03-31'
),
(
    '2026-04-01', '2026-03-31', 2, 'A5', 'P5', array['D5'], 'voice', 'C5', '2026-04-01 14:00+00', '2026-04-01 15:00+00',
    1.1, 0.2, 0.3, 0.2, 30, 10, 0.9, 100, 100, 'USD', 151, '121+',
    '{[2026-04-01 12:00+00, 2026-04-01 16:00+00), [2026-04-01 18:00+00, 2026-04-02 01:00+00)}',
    array['America/New_York'], 1, '2026-04-02 01:00+00', 'call', 'standard', 'standard', array['long overdue'],
    'treated', 'reach-1', 'rules-1', '2026-03-31'
),
(
    '2026-04-01', '2026-03-31', 3, 'A2', 'P2', array['D2'], 'voice', 'C2', '2026-04-01 16:00+00', '2026-04-01 17:00+00',
    1.0, 0.2, 0.3, 0.4, 30, -6, 0.9, 60, 60, 'USD', 31, '31-60', '{[2026-04-01 15:00+00, 2026-04-02 02:00+00)}',
    array['America/Chicago', 'America/Los_Angeles'], 7, '2026-04-02 02:00+00', 'call', 'standard', 'standard',
    array['exploration'], 'explore', 'reach-1', 'rules-1', '2026-03-31'
);
insert into scores.proposed_best_time_to_contact (
    list_date, account_id, contact_point_id, rank, person_id, channel, window_start_local, window_end_local, time_zone,
    window_start_utc, window_end_utc, p_right_party, evidence, n_attempts_seen, model_version
)
values
(
    '2026-04-01', 'A1', 'C1', 1, 'P1', 'voice', '17:00', '18:00', 'America/New_York', '2026-04-01 21:00+00',
    '2026-04-01 22:00+00', 0.3, 'own history', 5, 'reach-1'
),
(
    '2026-04-01', 'A1', 'C1', 2, 'P1', 'voice', '18:00', '19:00', 'America/New_York', '2026-04-01 22:00+00',
    '2026-04-01 23:00+00', 0.25, 'own history', 5, 'reach-1'
),
(
    '2026-04-01', 'A2', 'C2', 1, 'P2', 'voice', '09:00', '10:00', 'America/Los_Angeles', '2026-04-01 16:00+00',
    '2026-04-01 17:00+00', 0.2, 'default', 0, 'reach-1'
);
insert into scores.proposed_excluded (
    list_date, account_id, reason, person_id, rule_id, citation, blocked_from_utc, blocked_until_utc, detail
)
values
('2026-04-01', 'A3', 'CONTROL', 'P3', 'CONTROL', 'company.yml: experiment.control_share = 0.05', null, null, null),
(
    '2026-04-01', 'A4', 'DO_NOT_CONTACT', 'P4', 'OWN_DNC', 'policy', '2026-01-01 00:00+00', '2026-12-31 00:00+00', null
),
('2026-04-01', 'A4', 'NO_CONTACT_POINT', 'P4', 'NO_CONTACT_POINT', 'policy', null, null, null),
('2026-04-01', 'A6', 'CAPACITY', 'P6', 'CAPACITY', 'company.yml: contact.agents = 12', null, null, null),
('2026-04-01', 'A7', 'NO_CONTACT_POINT', 'P7', 'NO_CONTACT_POINT', 'policy', null, null, null);
