-- role: auditor
-- Written by the auditor: contacts that broke a contact rule, found afterwards in the log, and those that came near one.
-- A finding is never deleted: one that later facts undo is marked as taken back.
create table if not exists audit.breach_findings (
    attempt_id text not null,
    rule_id text not null,
    debt_unit text not null default '',
    person_id text not null,
    contact_point_id text not null,
    channel text not null,
    campaign text,
    started_at timestamptz not null,
    detail text not null,
    citation text not null,
    counted integer,
    cap integer,
    as_of_date date not null,
    found_at timestamptz not null,
    retracted_at timestamptz,
    retracted_as_of date,
    primary key (attempt_id, rule_id, debt_unit)
);

create index if not exists breach_findings_as_of_date on audit.breach_findings (as_of_date);

create table if not exists audit.near_misses (like audit.breach_findings including all);

-- One row a run: up to which batches it looked, by which rules, and what it came to.
create table if not exists audit.breach_runs (
    breach_run_id bigint generated always as identity primary key,
    as_of_date date not null,
    recorded_at timestamptz not null,
    ledger_batch_id bigint not null,
    contact_batch_id bigint not null,
    rules_sha256 text not null check (rules_sha256 ~ '^[0-9a-f]{64}$'),
    is_whole boolean not null,
    judged_contacts bigint not null,
    breaches bigint not null,
    near_misses bigint not null,
    retracted bigint not null,
    finished_at timestamptz not null default clock_timestamp()
);

create index if not exists breach_runs_as_of_date on audit.breach_runs (as_of_date, breach_run_id);
