-- role: publisher
-- Names reach the dialer only where company.yml hands them over: without `handover: {names: true}` the owner of this view may
-- not read them itself, and whoever asks is refused.
create or replace view lists.dialer_names with (security_barrier) as
select
    person_id,
    full_name
from vault.persons
where full_name is not null and pg_has_role(current_user, 'recoup_dialer', 'usage');

-- What reached which receiver, one row a file; written when the receiver has it, never edited.
create table if not exists lists.deliveries (
    target text not null,
    file text not null,
    kind text not null check (kind in ('list', 'suppressions')),
    format text not null,
    list_date date not null,
    list_version integer not null,
    rows bigint not null check (rows >= 0),
    bytes bigint not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    recorded_at timestamptz not null,
    delivered_at timestamptz not null default clock_timestamp(),
    primary key (target, file)
);

create index if not exists deliveries_list_date on lists.deliveries (list_date, target);

-- Who must not be called any more of a list that was delivered, one row an account and receiver. The rows of a batch go out in
-- one file; without a row in lists.deliveries it is still to be sent.
create table if not exists lists.suppressions (
    target text not null,
    list_date date not null,
    list_version integer not null,
    account_id text not null,
    person_id text not null,
    contact_point_id text not null,
    seq integer not null,
    reason text not null,
    since_at timestamptz not null,
    batch integer not null check (batch >= 1),
    recorded_at timestamptz not null,
    primary key (target, list_date, list_version, account_id)
);

create or replace function lists.refuse_undoing() returns trigger
language plpgsql
as $$
begin
    raise exception 'what was handed over stays on record: % on lists.% refused', lower(tg_op), tg_table_name;
end
$$;

create or replace trigger delivered_stays before update or delete on lists.deliveries
for each statement execute function lists.refuse_undoing();
create or replace trigger suppressed_stays before update or delete on lists.suppressions
for each statement execute function lists.refuse_undoing();
