-- Written by the contact check alone (docs/contact_check.md): what it needs to know of the company, the contacts it has promised, and
-- the log of every question and answer. Keys only, no personal data.

-- Never written by anybody: the log has another shape now.
drop table if exists gate.contact_check_log;

create table if not exists gate.parameters (
    is_only_row boolean primary key default true check (is_only_row),
    collector_role text not null,
    time_zone text not null,
    has_automated_voice boolean not null,
    has_contact_feed boolean not null,
    is_declared_uncontacted boolean not null,
    reservation_seconds integer not null check (reservation_seconds > 0),
    updated_at timestamptz not null default clock_timestamp()
);

comment on table gate.parameters is
'What company.yml says and the contact check must know; one row, written by `recoup init` and whenever a list is published.';

-- An allowed contact that was not made yet, or not logged yet. It counts as a contact until it is released, expires unconfirmed, or
-- the contact center's log holds the attempt that confirmed it.
create table if not exists gate.reservations (
    reservation_id uuid primary key default gen_random_uuid(),
    person_id text not null,
    debt_ids text [] not null,
    contact_point_id text not null,
    channel text not null,
    purpose text not null,
    contact_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > contact_at),
    made_at timestamptz not null default clock_timestamp(),
    attempt_id text,
    confirmed_at timestamptz,
    released_at timestamptz,
    check ((attempt_id is null) = (confirmed_at is null)),
    check (confirmed_at is null or released_at is null)
);

create index if not exists reservations_person on gate.reservations (person_id, contact_at) where released_at is null;

-- Every question to the contact check and every answer. An id that we do not hold could be anything, a phone number too: it is kept
-- as a fingerprint.
create table if not exists gate.check_log (
    check_id bigint generated always as identity primary key,
    asked_at timestamptz not null default clock_timestamp(),
    asked_by text not null default session_user,
    person_id text not null,
    debt_ids text [] not null,
    contact_point_id text not null,
    channel text not null,
    purpose text not null,
    contact_at timestamptz not null,
    is_allowed boolean not null,
    rule_ids text [] not null,
    reasons text [] not null,
    citations text [] not null,
    blocked_until timestamptz,
    attempts_remaining integer,
    owed_cents bigint,
    currency text,
    reservation_id uuid,
    check (is_allowed = (reservation_id is not null))
);

create index if not exists check_log_person on gate.check_log (person_id, asked_at);

create or replace function gate.refuse_edit() returns trigger
language plpgsql
as $$
begin
    raise exception 'the log of contact checks is never edited: % on gate.% refused', lower(tg_op), tg_table_name;
end
$$;

create or replace trigger logged_stays before update or delete or truncate on gate.check_log
for each statement execute function gate.refuse_edit();

-- A reservation may be confirmed or released once; who it was for and when it was made never changes.
create or replace function gate.refuse_rewriting() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'UPDATE'
        and to_jsonb(old) - '{attempt_id,confirmed_at,released_at}'::text []
        = to_jsonb(new) - '{attempt_id,confirmed_at,released_at}'::text []
        and old.confirmed_at is null and old.released_at is null
    then
        return new;
    end if;
    raise exception 'a reservation is confirmed or released once and otherwise never edited: % refused', lower(tg_op);
end
$$;

create or replace trigger reserved_stays before update or delete on gate.reservations
for each row execute function gate.refuse_rewriting();

create or replace function gate.set_parameters(
    new_collector_role text,
    new_time_zone text,
    new_has_automated_voice boolean,
    new_has_contact_feed boolean,
    new_is_declared_uncontacted boolean,
    new_reservation_seconds integer
) returns void
language sql
as $$
    insert into gate.parameters as held (
        collector_role, time_zone, has_automated_voice, has_contact_feed, is_declared_uncontacted, reservation_seconds
    )
    values ($1, $2, $3, $4, $5, $6)
    on conflict (is_only_row) do update set
        (
            collector_role, time_zone, has_automated_voice, has_contact_feed, is_declared_uncontacted,
            reservation_seconds
        )
        = ($1, $2, $3, $4, $5, $6),
        updated_at = clock_timestamp()
    where (
        held.collector_role, held.time_zone, held.has_automated_voice, held.has_contact_feed,
        held.is_declared_uncontacted, held.reservation_seconds
    ) is distinct from ($1, $2, $3, $4, $5, $6)
$$;
