-- Written by the scorer: models, their outputs, and the lists it proposes. The publisher copies proposals that pass the audit.
-- Every table but the registry is replaced by date; rates are rounded before they are stored, so that a rerun gives the same rows.
create table if not exists scores.model_registry (
    model_version text primary key,
    model_name text not null,
    status text not null check (status in ('champion', 'challenger', 'retired')),
    as_of_date date not null,
    data_from date,
    data_to date,
    params jsonb not null,
    metrics jsonb not null,
    features text [] not null,
    artifact text not null,
    artifact_sha256 text not null check (artifact_sha256 ~ '^[0-9a-f]{64}$'),
    created_at timestamptz not null default clock_timestamp()
);

-- `retired` means promoted once, and followed by a newer one; a challenger was never promoted.
create unique index if not exists model_registry_one_champion on scores.model_registry (model_name) where status = 'champion';

create table if not exists scores.reach (
    as_of_date date not null,
    contact_point_id text not null,
    account_id text,
    person_id text not null,
    local_hour smallint not null check (local_hour between 0 and 23),
    p_right_party real not null check (p_right_party between 0 and 1),
    evidence text not null check (evidence in ('own history', 'look-alikes', 'default')),
    n_attempts_seen integer not null check (n_attempts_seen >= 0),
    model_version text not null,
    primary key (as_of_date, contact_point_id, local_hour)
);

create table if not exists scores.contact_value (
    as_of_date date not null,
    account_id text not null,
    person_id text,
    p_pay_if_contacted real not null check (p_pay_if_contacted between 0 and 1),
    p_pay_if_not real not null check (p_pay_if_not between 0 and 1),
    expected_recovery_cents bigint not null,
    uplift_cents bigint not null,
    cost_cents bigint not null check (cost_cents >= 0),
    currency text not null,
    reason_codes text [] not null default '{}',
    model_version text not null,
    primary key (as_of_date, account_id)
);

-- How likely each action and each slot was, fixed before publishing: the weights of later learning.
create table if not exists scores.slot_propensity (
    list_date date not null,
    account_id text not null,
    person_id text not null,
    arm text not null check (arm in ('control', 'explore', 'treated')),
    is_contact_planned boolean not null,
    contact_point_id text,
    slot_start_utc timestamptz,
    action_propensity real not null check (action_propensity between 0 and 1),
    slot_propensity real check (slot_propensity > 0 and slot_propensity <= 1),
    primary key (list_date, account_id)
);

create table if not exists scores.proposed_contact_priority (
    list_date date not null,
    as_of_date date not null,
    seq integer not null check (seq >= 1),
    account_id text not null,
    person_id text not null,
    debt_ids text [],
    channel text not null,
    contact_point_id text not null,
    assigned_slot_start_utc timestamptz not null,
    assigned_slot_end_utc timestamptz not null check (assigned_slot_end_utc > assigned_slot_start_utc),
    priority_score double precision not null,
    p_right_party real not null check (p_right_party between 0 and 1),
    p_pay_if_contacted real not null check (p_pay_if_contacted between 0 and 1),
    p_pay_if_not real not null check (p_pay_if_not between 0 and 1),
    expected_recovery_amount numeric(20, 4) not null,
    uplift_amount numeric(20, 4) not null,
    cost_amount numeric(20, 4) not null,
    balance_amount numeric(20, 4) not null,
    past_due_amount numeric(20, 4) not null,
    currency text not null,
    days_past_due integer not null,
    aging_bucket text not null,
    promise_due_on date,
    allowed_windows_utc tstzmultirange not null,
    time_zone_set text [] not null,
    attempts_remaining integer,
    valid_until_utc timestamptz not null,
    action text not null,
    script_code text not null,
    queue text not null,
    reason_codes text [] not null,
    arm text not null check (arm in ('treated', 'explore')),
    model_version text not null,
    rule_version text not null,
    run_id text not null,
    primary key (list_date, account_id),
    unique (list_date, seq)
);

create table if not exists scores.proposed_best_time_to_contact (
    list_date date not null,
    account_id text not null,
    contact_point_id text not null,
    rank integer not null check (rank between 1 and 3),
    person_id text not null,
    channel text not null,
    window_start_local time not null,
    window_end_local time not null,
    time_zone text not null,
    window_start_utc timestamptz not null,
    window_end_utc timestamptz not null check (window_end_utc > window_start_utc),
    p_right_party real not null check (p_right_party between 0 and 1),
    evidence text not null check (evidence in ('own history', 'look-alikes', 'default')),
    n_attempts_seen integer not null check (n_attempts_seen >= 0),
    model_version text not null,
    primary key (list_date, account_id, contact_point_id, rank)
);

create table if not exists scores.proposed_excluded (
    list_date date not null,
    account_id text not null,
    reason text not null,
    person_id text,
    rule_id text not null,
    citation text not null,
    blocked_from_utc timestamptz,
    blocked_until_utc timestamptz,
    detail text,
    primary key (list_date, account_id, reason)
);

-- What the list date's proposals were made with: parameters, words and code. Replaced with every proposal; the publisher keeps it
-- with the edition.
create table if not exists scores.proposed_with (
    list_date date primary key,
    made_with jsonb not null
);

-- What the codes of the lists say in words. `listed`: why an account is worth a contact; `excluded`: why we ourselves left it out
-- (a rule's own words stand in policy). Replaced with every proposal.
create table if not exists scores.reason_words (
    kind text not null check (kind in ('listed', 'excluded')),
    code text not null,
    words text not null,
    is_contact_blocked boolean not null,
    is_left_alone boolean not null,
    primary key (kind, code)
);
