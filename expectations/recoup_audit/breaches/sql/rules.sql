-- What the rules say, in numbers, read from the texts named in `citation` and from nothing else: not from the seed that
-- the lists are made by, for a wrong seed is one of the things to be found.
--
-- `roles` null = every collector; `place` null = everywhere; `media` null = every medium (voicemail is voice, and what binds
-- voicemail alone says so); `point_types` null = every type; `in_force` is of local dates. `unit`: what is counted or blocked,
-- a debt of the person, the person, or the person and the spouse. Rules that bind offers or location contacts alone are not
-- here: a log does not say what a contact was for, and each is held to what binds collection.
create temporary table rule_text (
    rule_number integer generated always as identity,
    rule_id text not null,
    family text not null,
    unit text not null,
    roles text[],
    place text,
    media text[],
    point_types text[],
    in_force daterange not null,
    window_days integer,
    cap integer,
    local_from time,
    local_to time,
    citation text not null,
    weekdays integer[],
    closing_statuses text[],
    years integer
) on commit drop;

insert into rule_text
    (rule_id, family, unit, roles, place, media, point_types, in_force, window_days, cap, local_from, local_to, citation)
values
-- at most so many contacts
(
    'REGF_7IN7', 'frequency', 'debt', '{third_party,debt_buyer}', null, '{voice}', null, '[2021-11-30,)',
    7, 7, null, null, '12 CFR 1006.14(b)(2)(i)(A)'
),
(
    'HOUSE_7IN7', 'frequency', 'debt', '{first_party}', null, '{voice}', null, '(,)',
    7, 7, null, null, 'policy (first party; mirrors 12 CFR 1006.14(b)(2)(i)(A))'
),
(
    'MA_2IN7', 'frequency', 'debt', null, 'US-MA', '{voice,sms}', '{home,mobile,unknown}', '[2012-03-02,)',
    7, 2, null, null, '940 CMR 7.04(1)(f)'
),
(
    'MA_2IN30', 'frequency', 'debt', null, 'US-MA', '{voice,sms}', '{work}', '[2012-03-02,)',
    30, 2, null, null, '940 CMR 7.04(1)(f)'
),
(
    'WA_3WEEK', 'frequency', 'person_or_spouse', '{third_party,debt_buyer}', 'US-WA', null, null, '[2013-07-28,)',
    7, 3, null, null, 'RCW 19.16.250'
),
(
    'WA_1WORK', 'frequency', 'person_or_spouse', '{third_party,debt_buyer}', 'US-WA', null, '{work}', '[2013-07-28,)',
    7, 1, null, null, 'RCW 19.16.250'
),
(
    'NYC_3IN7', 'frequency', 'debt', null, 'US-NY-NYC', null, null, '[2026-09-01,)',
    7, 3, null, null, '6 RCNY 5-77'
),
-- no call so soon after a conversation
(
    'REGF_COOLDOWN', 'cooldown', 'debt', '{third_party,debt_buyer}', null, '{voice}', null, '[2021-11-30,)',
    7, null, null, null, '12 CFR 1006.14(b)(2)(i)(B)'
),
-- hours; those that bind offers alone are not asked of a collection log
(
    'REGF_HOURS', 'hours', 'person', '{third_party,debt_buyer}', null, '{voice,sms,email}', null, '[2021-11-30,)',
    null, null, '08:00', '21:00', '12 CFR 1006.6(b)(1)(i)'
),
(
    'FDCPA_HOURS', 'hours', 'person', '{third_party,debt_buyer}', null, '{voice,sms,email}', null,
    '[1978-03-20,2021-11-30)', null, null, '08:00', '21:00', '15 USC 1692c(a)(1)'
),
(
    'REGF_HOURS', 'hours', 'person', '{first_party}', null, '{voice,sms,email}', null, '(,)',
    null, null, '08:00', '21:00', 'policy (first party; mirrors 12 CFR 1006.6(b)(1)(i))'
),
(
    'FL_FCCPA', 'hours', 'person', null, 'US-FL', '{voice,sms,email}', null, '[2010-01-01,2025-05-16)',
    null, null, '08:00', '21:00', 'Fla. Stat. 559.72(17)'
),
(
    'FL_FCCPA', 'hours', 'person', null, 'US-FL', '{voice,sms}', null, '[2025-05-16,)',
    null, null, '08:00', '21:00', 'Fla. Stat. 559.72(17)'
),
(
    'WA_HOURS', 'hours', 'person', '{third_party,debt_buyer}', 'US-WA', '{voice,sms,email}', null, '[2013-07-28,)',
    null, null, '08:00', '21:00', 'RCW 19.16.250'
),
-- what somebody asked for, or what happened to somebody
(
    'REGF_CEASE', 'cease', 'person', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(c)'
),
(
    'FDCPA_CEASE', 'cease', 'person', '{third_party,debt_buyer}', null, null, null, '[1978-03-20,2021-11-30)',
    null, null, null, null, '15 USC 1692c(c)'
),
(
    'REGF_CEASE', 'cease', 'person', '{first_party}', null, null, null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(c))'
),
(
    'REGF_ATTORNEY', 'attorney', 'debt', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(b)(2)'
),
(
    'FDCPA_ATTORNEY', 'attorney', 'debt', '{third_party,debt_buyer}', null, null, null, '[1978-03-20,2021-11-30)',
    null, null, null, null, '15 USC 1692c(a)(2)'
),
(
    'REGF_ATTORNEY', 'attorney', 'debt', '{first_party}', null, null, null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(b)(2))'
),
('OWN_DNC', 'do_not_contact', 'person', null, null, null, null, '(,)', null, null, null, null, 'policy (own list)'),
('DECEASED', 'deceased', 'person', null, null, null, null, '[1978-03-20,)', null, null, null, null, '12 CFR 1006.6(a)'),
('MINOR', 'minor', 'person', null, null, null, null, '[1978-03-20,)', null, null, null, null, '12 CFR 1006.6(a)(2)'),
('ERASED', 'erased', 'person', null, null, null, null, '[2018-05-25,)', null, null, null, null, 'GDPR 17, CCPA 1798.105'),
('BANKRUPTCY', 'bankruptcy_petition', 'person', null, null, null, null, '[1979-10-01,)', null, null, null, null, '11 USC 362'),
(
    'BANKRUPTCY_DISCHARGED', 'bankruptcy_discharged', 'debt', null, null, null, null, '[1979-10-01,)',
    null, null, null, null, '11 USC 524(a)(2)'
),
(
    'TCPA_REVOKE', 'revoke_all', 'person', null, null, '{voice,sms}', null, '[2025-04-11,)',
    null, null, null, null, '47 CFR 64.1200(a)(10)'
),
('HARDSHIP', 'hardship', 'debt', null, null, null, null, '(,)', null, null, null, null, 'policy'),
('FRAUD', 'fraud', 'debt', null, null, null, null, '(,)', null, null, null, null, 'policy'),
('DISASTER', 'disaster', 'debt', null, null, null, null, '(,)', null, null, null, null, 'policy'),
-- thirty days from receipt; what is sent counts as received after five
(
    'FDCPA_DISPUTE', 'dispute', 'debt', '{third_party,debt_buyer}', null, null, null, '[1978-03-20,)',
    35, null, null, null, '15 USC 1692g(b), 12 CFR 1006.34(b)(5), 1006.38'
),
(
    'FDCPA_DISPUTE', 'dispute', 'debt', '{first_party}', null, null, null, '(,)',
    35, null, null, null, 'policy (first party; mirrors 15 USC 1692g(b))'
),
(
    'REGF_DISCLOSE', 'disclosure', 'debt', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.34, 1006.42'
),
-- where and by which means
(
    'REGF_WORK', 'work', 'person', '{third_party,debt_buyer}', null, null, '{work}', '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(b)(3), 1006.22(f)(3)'
),
(
    'FDCPA_WORK', 'work', 'person', '{third_party,debt_buyer}', null, null, '{work}', '[1978-03-20,2021-11-30)',
    null, null, null, null, '15 USC 1692c(a)(3)'
),
(
    'REGF_WORK', 'work', 'person', '{first_party}', null, null, '{work}', '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(b)(3))'
),
(
    'REGF_PLACE', 'inconvenient_place', 'person', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(b)(1)(ii)'
),
(
    'FDCPA_PLACE', 'inconvenient_place', 'person', '{third_party,debt_buyer}', null, null, null,
    '[1978-03-20,2021-11-30)', null, null, null, null, '15 USC 1692c(a)(1)'
),
(
    'REGF_PLACE', 'inconvenient_place', 'person', '{first_party}', null, null, null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(b)(1)(ii))'
),
(
    'UNKNOWN_TIME_ZONE', 'unknown_place', 'person', null, null, '{voice,sms,email}', null, '(,)',
    null, null, null, null, '12 CFR 1006.6(b)(1)(i)'
),
-- what no cap counts: busy, or the special-information tone
(
    'REGF_EXCL', 'not_counted', 'person', null, null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.14(b)(3)'
),
-- consent
(
    'REGF_MEDIUM', 'refused_by_person', 'person', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.14(h)'
),
(
    'REGF_MEDIUM', 'refused_by_person', 'person', '{first_party}', null, null, null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.14(h))'
),
(
    'REGF_OPTOUT', 'refused_for_point', 'person', '{third_party,debt_buyer}', null, null, null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(e), 47 CFR 64.1200(a)(10)'
),
(
    'REGF_OPTOUT', 'refused_for_point', 'person', '{first_party}', null, null, null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(e))'
),
(
    'REGF_EMAIL_PATH', 'consent_given', 'person', '{third_party,debt_buyer}', null, '{email}', null, '[2021-11-30,)',
    null, null, null, null, '12 CFR 1006.6(d)(3)-(4)'
),
(
    'REGF_EMAIL_PATH', 'consent_given', 'person', '{first_party}', null, '{email}', null, '(,)',
    null, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(d)(3)-(4))'
),
(
    'REGF_SMS_60D', 'consent_given', 'person', '{third_party,debt_buyer}', null, '{sms}', null, '[2021-11-30,)',
    60, null, null, null, '12 CFR 1006.6(d)(5)'
),
(
    'REGF_SMS_60D', 'consent_given', 'person', '{first_party}', null, '{sms}', null, '(,)',
    60, null, null, null, 'policy (first party; mirrors 12 CFR 1006.6(d)(5))'
),
(
    'NYC_CONSENT', 'consent_given', 'person', null, 'US-NY-NYC', '{email,sms}', null, '[2026-09-01,)',
    null, null, null, null, '6 RCNY 5-77'
),
(
    'TCPA_CONSENT', 'consent_given', 'person', null, null, '{voicemail,automated_voice}', '{mobile,unknown}',
    '[2013-10-16,)', null, null, null, null, '47 CFR 64.1200(a)(1)'
);

-- Hours that speak of some weekdays only (ISO numbers); from and to the same: no hour of them.
insert into rule_text
    (rule_id, family, unit, roles, place, media, point_types, in_force, window_days, cap, local_from, local_to, citation, weekdays)
values
(
    'UK_CONC', 'hours', 'person', null, 'GB', '{voice,sms,email}', null, '[2014-04-01,)',
    null, null, '08:00', '21:00', 'CONC 7.9.4R', '{1,2,3,4,5}'
),
(
    'UK_CONC', 'hours', 'person', null, 'GB', '{voice,sms,email}', null, '[2014-04-01,)',
    null, null, '00:00', '00:00', 'CONC 7.9.4R', '{6,7}'
);

-- Times that somebody called inconvenient close the hours of these rules too.
update rule_text
set closing_statuses = case rule_id when 'UK_CONC' then '{inconvenient_time,shift_preference}' else '{inconvenient_time}' end::text[]
where rule_id in ('REGF_HOURS', 'FDCPA_HOURS', 'UK_CONC');

-- Where a debt ends with its limitation period, counted in years from the default: 12 CFR 1006.26 and the law of the state.
insert into rule_text (rule_id, family, unit, roles, place, in_force, years, citation)
values
(
    'REGF_TIMEBARRED', 'time_barred', 'debt', '{third_party,debt_buyer}', 'US-WI', '[2021-11-30,)', 6,
    '12 CFR 1006.26, Wis. Stat. 893.05, 893.43'
),
(
    'REGF_TIMEBARRED', 'time_barred', 'debt', '{third_party,debt_buyer}', 'US-MS', '[2021-11-30,)', 3,
    '12 CFR 1006.26, Miss. Code 15-1-3, 15-1-49'
);

analyze rule_text;
