-- role: gate_owner
-- What dialers may call: ask, confirm, release. Each runs with its owner's rights; a dialer holds no other right in this schema.

create or replace function gate.contact_check(
    person_id text, debt_ids text [], contact_point_id text, channel text, purpose text, at timestamptz
) returns table (
    allowed boolean, reasons text [], citations text [], until timestamptz, attempts_remaining integer,
    owed_amount numeric(20, 4), reservation_id uuid
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
#variable_conflict use_variable
declare
    v_key bigint;
    v_answer record;
    v_expires_in interval;
    v_zone text;
    v_digits integer;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        -- An older snapshot would not see what another dialer has reserved meanwhile.
        raise exception 'ask the contact check in a transaction that is read committed'
            using errcode = 'invalid_transaction_state';
    end if;
    select make_interval(secs => p.reservation_seconds), p.time_zone into v_expires_in, v_zone from gate.parameters as p;
    -- One question at a time about a person, and about those whose contacts count with the person's; always in the same order, so
    -- that two questions never wait for each other.
    for v_key in
        select hashtextextended(pooled.id, 0)
        from unnest(gate.pooled_persons(person_id, (at at time zone v_zone)::date)) as pooled (id)
        order by 1
    loop
        perform pg_advisory_xact_lock(v_key);
    end loop;
    select * into v_answer from gate.judge(person_id, debt_ids, contact_point_id, channel, purpose, at);
    if v_answer.is_allowed then
        insert into gate.reservations as r (person_id, debt_ids, contact_point_id, channel, purpose, contact_at, expires_at)
        values (person_id, debt_ids, contact_point_id, channel, purpose, at, at + v_expires_in)
        returning r.reservation_id into reservation_id;
    end if;
    allowed := v_answer.is_allowed;
    reasons := v_answer.reasons;
    citations := v_answer.citations;
    until := v_answer.blocked_until;
    attempts_remaining := v_answer.attempts_remaining;
    owed_amount := cast(
        v_answer.owed_cents / power(10::numeric, gate.exponent_of(v_answer.currency)) as numeric(20, 4)
    );
    insert into gate.check_log (
        person_id, debt_ids, contact_point_id, channel, purpose, contact_at, is_allowed, rule_ids, reasons, citations,
        blocked_until, attempts_remaining, owed_cents, currency, reservation_id
    )
    select
        case when allowed or exists (select from raw_ledger.persons as p where p._key = contact_check.person_id)
            then person_id else gate.fingerprint(person_id) end,
        case when allowed then debt_ids else array(
            select case
                when
                    exists (select from raw_ledger.debts as d where d._key = asked.id)
                    or exists (select from raw_ledger.accounts as a where a._key = asked.id)
                    then asked.id
                else gate.fingerprint(asked.id)
            end
            from unnest(debt_ids) as asked (id)
        ) end,
        case
            when
                allowed
                or exists (select from raw_contact.contact_points as p where p._key = contact_check.contact_point_id)
                or exists (select from raw_ledger.contact_points as p where p._key = contact_check.contact_point_id)
                then contact_point_id
            else gate.fingerprint(contact_point_id)
        end,
        channel, purpose, at, allowed, v_answer.rule_ids, reasons, citations, until, attempts_remaining,
        v_answer.owed_cents, v_answer.currency, reservation_id;
    return next;
end
$$;

create or replace function gate.fingerprint(of_id text) returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$ select 'unknown:' || left(encode(sha256(convert_to(coalesce(of_id, ''), 'UTF8')), 'hex'), 16) $$;

-- Decimal places of a currency (ISO 4217), as the marts have them.
create or replace function gate.exponent_of(of_currency text) returns integer
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when of_currency in (
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF',
            'XOF', 'XPF'
        ) then 0
        when of_currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when of_currency in ('CLF', 'UYW') then 4
        else 2
    end
$$;

create or replace function gate.confirm_reservation(reservation_id uuid, attempt_id text) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_held gate.reservations;
begin
    if confirm_reservation.attempt_id is null or confirm_reservation.attempt_id = '' then
        raise exception 'a reservation is confirmed by the id of the attempt' using errcode = 'null_value_not_allowed';
    end if;
    select r.* into v_held from gate.reservations as r
    where r.reservation_id = confirm_reservation.reservation_id
    for update;
    if not found then
        raise exception 'there is no reservation %', confirm_reservation.reservation_id using errcode = 'no_data_found';
    end if;
    -- A dialer that did not hear our answer says it again.
    if v_held.attempt_id = confirm_reservation.attempt_id then
        return;
    end if;
    if v_held.confirmed_at is not null or v_held.released_at is not null then
        raise exception 'the reservation % was % before', v_held.reservation_id,
            case when v_held.released_at is null then 'confirmed by another attempt' else 'released' end
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    update gate.reservations as r
    set attempt_id = confirm_reservation.attempt_id, confirmed_at = clock_timestamp()
    where r.reservation_id = v_held.reservation_id;
end
$$;

create or replace function gate.release_reservation(reservation_id uuid) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_held gate.reservations;
begin
    select r.* into v_held from gate.reservations as r
    where r.reservation_id = release_reservation.reservation_id
    for update;
    if not found then
        raise exception 'there is no reservation %', release_reservation.reservation_id using errcode = 'no_data_found';
    end if;
    if v_held.released_at is not null then
        return;
    end if;
    if v_held.confirmed_at is not null then
        raise exception 'the reservation % was confirmed before: its contact was made', v_held.reservation_id
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    update gate.reservations as r set released_at = clock_timestamp()
    where r.reservation_id = v_held.reservation_id;
end
$$;

-- Dialers ask; who checks afterwards may judge without asking. Nobody else, and nobody the tables.
revoke all on all functions in schema gate from public;
grant usage on schema gate to recoup_dialer, recoup_auditor;
grant execute on function gate.contact_check(text, text [], text, text, text, timestamptz) to recoup_dialer;
grant execute on function gate.confirm_reservation(uuid, text) to recoup_dialer;
grant execute on function gate.release_reservation(uuid) to recoup_dialer;
grant execute on function gate.judge(text, text [], text, text, text, timestamptz) to recoup_auditor;
