-- role: auditor
-- Written by the publisher through `audit.keep_edition`: what a published list was made with, so that it can be made again when
-- rules, parameters and models have long changed. Rows are only ever added.

-- The content of one seed, whole, once for each content that a list was made with.
create table if not exists audit.kept_seeds (
    content_sha256 text primary key check (content_sha256 ~ '^[0-9a-f]{64}$'),
    seed text not null,
    rows jsonb not null,
    kept_at timestamptz not null default clock_timestamp()
);

-- `seeds`: name of the seed -> content_sha256. `models`: model_version -> SHA-256 of its artifact. `made_with`: values of the
-- models' variables, the company's parameters, ml/params.yaml, ml/reason_codes.yaml and a hash of the code; null where the
-- proposal did not say.
create table if not exists audit.list_editions (
    list_date date not null,
    list_version integer not null check (list_version >= 1),
    rule_version text not null,
    seeds jsonb not null,
    models jsonb not null,
    made_with jsonb,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (list_date, list_version)
);

create or replace function audit.refuse_change_of_edition() returns trigger
language plpgsql
as $$
begin
    raise exception 'what a list was made with stays: % on audit.% refused', lower(tg_op), tg_table_name;
end
$$;

create or replace trigger kept_stays before update or delete on audit.kept_seeds
for each statement execute function audit.refuse_change_of_edition();
create or replace trigger kept_stays before update or delete on audit.list_editions
for each statement execute function audit.refuse_change_of_edition();

-- The publisher keeps inside its own publishing transaction, yet `audit` has one writer: hence the owner's rights. What is kept
-- already stands.
create or replace function audit.keep_edition(
    p_list_date date,
    p_list_version integer,
    p_rule_version text,
    p_seeds jsonb,
    p_models jsonb,
    p_made_with jsonb
) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into audit.kept_seeds (content_sha256, seed, rows)
    select encode(sha256(convert_to(s.key || s.value::text, 'UTF8')), 'hex'), s.key, s.value
    from jsonb_each(p_seeds) as s
    on conflict (content_sha256) do nothing;

    insert into audit.list_editions (list_date, list_version, rule_version, seeds, models, made_with)
    select
        p_list_date,
        p_list_version,
        p_rule_version,
        coalesce(jsonb_object_agg(s.key, encode(sha256(convert_to(s.key || s.value::text, 'UTF8')), 'hex')), '{}'),
        p_models,
        p_made_with
    from jsonb_each(p_seeds) as s
    on conflict (list_date, list_version) do nothing;
end;

revoke all on function audit.keep_edition(date, integer, text, jsonb, jsonb, jsonb) from public;
grant execute on function audit.keep_edition(date, integer, text, jsonb, jsonb, jsonb) to recoup_publisher;

-- The rules of every rule version that a list was ever made with, as they read then.
create or replace view audit.rule_rows as
select distinct
    e.rule_version,
    r.rule ->> 'rule_id' as rule_id,
    r.rule ->> 'reason' as reason,
    r.rule ->> 'citation' as citation,
    r.rule ->> 'rule_text' as rule_text,
    r.rule
from audit.list_editions as e
inner join audit.kept_seeds as k on k.content_sha256 = e.seeds ->> 'contact_rules'
cross join lateral jsonb_array_elements(k.rows) as r (rule);
