-- role: auditor
-- Written by the auditor: which alerts went out, each once. Rows are only ever added.
create table if not exists audit.sent_alerts (
    alert_id text primary key,
    as_of_date date not null,
    notifier text not null,
    recorded_at timestamptz not null,
    sent_at timestamptz not null default clock_timestamp()
);

create or replace function audit.refuse_edit() returns trigger
language plpgsql
as $$
begin
    raise exception 'what was sent stays sent: % on audit.% refused', lower(tg_op), tg_table_name;
end
$$;

create or replace trigger sent_stays before update or delete on audit.sent_alerts
for each statement execute function audit.refuse_edit();
