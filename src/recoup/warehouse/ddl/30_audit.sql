-- Written by the auditor: what ran, and what a published list date froze.
create table if not exists audit.run_ledger (
    run_id bigint generated always as identity primary key,
    stage text not null,
    as_of_date date not null,
    recorded_at timestamptz not null,
    status text not null check (status in ('running', 'succeeded', 'failed', 'abandoned')),
    rows jsonb not null default '{}',
    message text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    seconds numeric generated always as (round(extract(epoch from finished_at - started_at), 3)) stored
);

create index if not exists run_ledger_stage on audit.run_ledger (as_of_date, stage, run_id);

create table if not exists audit.frozen_cutoffs (
    list_date date not null,
    list_version integer not null check (list_version >= 1),
    knowledge_cutoff timestamptz not null,
    rule_version text not null,
    model_version text not null,
    published_at timestamptz not null default clock_timestamp(),
    primary key (list_date, list_version)
);

-- What a day's derivation counts as known from its first stage to its last, also when a pull lands in between.
create table if not exists audit.opened_cutoffs (
    as_of_date date primary key,
    knowledge_cutoff timestamptz not null,
    opened_at timestamptz not null default clock_timestamp()
);

-- The publisher freezes inside its own publishing transaction, yet `audit` has one writer: hence the owner's rights.
-- The first to freeze a version wins; the row that stands is returned.
create or replace function audit.freeze_cutoff(
    p_list_date date,
    p_list_version integer,
    p_knowledge_cutoff timestamptz,
    p_rule_version text,
    p_model_version text
) returns audit.frozen_cutoffs
language sql
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into audit.frozen_cutoffs (list_date, list_version, knowledge_cutoff, rule_version, model_version)
    values (p_list_date, p_list_version, p_knowledge_cutoff, p_rule_version, p_model_version)
    on conflict (list_date, list_version) do nothing;

    select f
    from audit.frozen_cutoffs as f
    where f.list_date = p_list_date and f.list_version = p_list_version;
end;

revoke all on function audit.freeze_cutoff(date, integer, timestamptz, text, text) from public;
grant usage on schema audit to recoup_publisher;
grant execute on function audit.freeze_cutoff(date, integer, timestamptz, text, text) to recoup_publisher;
