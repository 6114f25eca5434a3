-- Written by the publisher, in one transaction a list date: what dialers read. Rows are never edited; a restatement stands beside
-- the older version. Every hash is SHA-256 in hexadecimal.
create table if not exists lists.manifest (
    list_date date not null,
    list_version integer not null check (list_version >= 1),
    as_of_date date not null,
    rows bigint not null check (rows >= 0),
    excluded bigint not null check (excluded >= 0),
    population bigint not null,
    best_times bigint not null check (best_times >= 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    knowledge_cutoff timestamptz not null,
    rule_version text not null,
    model_version text not null,
    published_at timestamptz not null default clock_timestamp(),
    primary key (list_date, list_version),
    -- Everybody past due is listed or excluded, never both and never neither.
    check (population = rows + excluded)
);

create table if not exists lists.contact_priority (
    list_date date not null,
    list_version integer not null,
    as_of_date date not null,
    seq integer not null check (seq >= 1),
    account_id text not null,
    person_id text not null,
    debt_ids text [],
    channel text not null,
    contact_point_id text not null,
    assigned_slot_start_utc timestamptz not null,
    assigned_slot_end_utc timestamptz not null,
    priority_score double precision not null,
    p_right_party real not null,
    p_pay_if_contacted real not null,
    p_pay_if_not real not null,
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
    arm text not null,
    model_version text not null,
    rule_version text not null,
    run_id text not null,
    row_hash text not null check (row_hash ~ '^[0-9a-f]{64}$'),
    primary key (list_date, list_version, account_id),
    -- The manifest is written last, with the hash of the rows.
    foreign key (list_date, list_version) references lists.manifest deferrable initially deferred
);

create index if not exists contact_priority_seq on lists.contact_priority (list_date, list_version, seq);
create index if not exists contact_priority_account on lists.contact_priority (account_id, list_date);

create table if not exists lists.best_time_to_contact (
    list_date date not null,
    list_version integer not null,
    as_of_date date not null,
    account_id text not null,
    contact_point_id text not null,
    rank integer not null check (rank between 1 and 3),
    person_id text not null,
    channel text not null,
    window_start_local time not null,
    window_end_local time not null,
    time_zone text not null,
    window_start_utc timestamptz not null,
    window_end_utc timestamptz not null,
    p_right_party real not null,
    evidence text not null,
    n_attempts_seen integer not null,
    model_version text not null,
    row_hash text not null check (row_hash ~ '^[0-9a-f]{64}$'),
    primary key (list_date, list_version, account_id, contact_point_id, rank),
    -- The manifest is written last, with the hash of the rows.
    foreign key (list_date, list_version) references lists.manifest deferrable initially deferred
);

create index if not exists best_time_to_contact_account on lists.best_time_to_contact (account_id, list_date);

create table if not exists lists.excluded (
    list_date date not null,
    list_version integer not null,
    as_of_date date not null,
    account_id text not null,
    reason text not null,
    person_id text,
    rule_id text not null,
    citation text not null,
    blocked_from_utc timestamptz,
    blocked_until_utc timestamptz,
    detail text,
    row_hash text not null check (row_hash ~ '^[0-9a-f]{64}$'),
    primary key (list_date, list_version, account_id, reason),
    -- The manifest is written last, with the hash of the rows.
    foreign key (list_date, list_version) references lists.manifest deferrable initially deferred
);

create index if not exists excluded_account on lists.excluded (account_id, list_date);

-- The canonical text of a row: its columns as JSON in JSON's own key order, without the hash itself and without the run that
-- wrote it. Nulls are left out, so that a column added later leaves the hashes of older lists alone. The settings that the text
-- of an instant or a float depends on are pinned here, whoever asks.
create or replace function lists.row_hash(published_row anyelement) returns text
language sql
stable
parallel safe
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set extra_float_digits = 1
as $$
    select encode(
        sha256(convert_to((jsonb_strip_nulls(to_jsonb(published_row)) - 'run_id' - 'row_hash')::text, 'UTF8')), 'hex'
    )
$$;

-- Whoever checks a list against its hashes.
grant execute on function lists.row_hash(anyelement) to recoup_auditor;

-- The manifest's hash: of the row hashes, each list in the order of its key, one after the other.
create or replace function lists.content_hash(of_list_date date, of_list_version integer) returns text
language sql
stable
as $$
    select encode(sha256(convert_to(coalesce(string_agg(row_hash, '' order by part, key_1, key_2, key_3), ''), 'UTF8')), 'hex')
    from (
        select 1 as part, lpad(seq::text, 10, '0') as key_1, account_id as key_2, '' as key_3, row_hash
        from lists.contact_priority
        where list_date = of_list_date and list_version = of_list_version
        union all
        select 2, account_id, contact_point_id, rank::text, row_hash
        from lists.best_time_to_contact
        where list_date = of_list_date and list_version = of_list_version
        union all
        select 3, account_id, reason, '', row_hash
        from lists.excluded
        where list_date = of_list_date and list_version = of_list_version
    ) as hashed
$$;

-- What is published stays: today's question about last month's call is answered from these rows.
create or replace function lists.refuse_edit() returns trigger
language plpgsql
as $$
begin
    raise exception 'a published list is never edited: % on lists.% refused', lower(tg_op), tg_table_name
        using hint = 'Publish a new version with --restate.';
end
$$;

create or replace trigger published_stays before update or delete on lists.manifest
for each statement execute function lists.refuse_edit();
create or replace trigger published_stays before update or delete on lists.contact_priority
for each statement execute function lists.refuse_edit();
create or replace trigger published_stays before update or delete on lists.best_time_to_contact
for each statement execute function lists.refuse_edit();
create or replace trigger published_stays before update or delete on lists.excluded
for each statement execute function lists.refuse_edit();

-- The newest list is told by the manifest, not by the rows: on a day with nobody to contact it is empty, not yesterday's.
create or replace view lists.current_manifest as
select *
from lists.manifest
order by list_date desc, list_version desc
limit 1;

create or replace view lists.current_contact_priority as
select l.*
from lists.contact_priority as l
inner join lists.current_manifest as m on m.list_date = l.list_date and m.list_version = l.list_version;

create or replace view lists.current_best_time_to_contact as
select l.*
from lists.best_time_to_contact as l
inner join lists.current_manifest as m on m.list_date = l.list_date and m.list_version = l.list_version;

create or replace view lists.current_excluded as
select l.*
from lists.excluded as l
inner join lists.current_manifest as m on m.list_date = l.list_date and m.list_version = l.list_version;

-- The only way from a list to an address. Others may read `lists`, so the view itself asks who is reading; a row whose address
-- was erased since it was published is gone.
create or replace view lists.dialer_contact_priority with (security_barrier) as
select
    v.address,
    l.*
from lists.current_contact_priority as l
inner join vault.contact_points as v on v.contact_point_id = l.contact_point_id and v.address is not null
where pg_has_role(current_user, 'recoup_dialer', 'usage');

grant execute on function lists.row_hash(anyelement) to public;
grant execute on function lists.content_hash(date, integer) to public;
