-- Every question to the contact check and every answer, append-only; keys only, no personal data.
create table if not exists gate.contact_check_log (
    check_id bigint generated always as identity primary key,
    asked_at timestamptz not null default clock_timestamp(),
    asked_by text not null default session_user,
    person_id text not null,
    debt_ids text[],
    contact_point_id text,
    channel text not null,
    purpose text not null,
    contact_at timestamptz not null,
    is_allowed boolean not null,
    reasons text[] not null default '{}',
    citations text[] not null default '{}',
    blocked_until timestamptz,
    attempts_remaining integer,
    owed_cents bigint,
    currency text,
    reservation_id uuid
);

create index if not exists contact_check_log_person on gate.contact_check_log (person_id, asked_at);
