-- The marts and policy tables of one day, as dbt leaves them, with the columns that the audit reads.
create table marts.ar_aging_by_invoice (
    as_of_date date, invoice_id text, account_id text, currency text, issued_on date, due_on date, days_past_due integer,
    aging_bucket text, open_amount numeric(20, 4), original_amount numeric(20, 4)
);
create table marts.ar_aging_by_account (
    as_of_date date, account_id text, currency text, balance_amount numeric(20, 4), past_due_amount numeric(20, 4),
    days_past_due integer, aging_bucket text
);
create table marts.ar_aging_summary (
    as_of_date date, currency text, aging_bucket text, invoice_count integer, open_amount numeric(20, 4)
);
create table marts.ar_control_total (as_of_date date, currency text, closing_amount numeric(20, 4));
create table policy.population (
    list_date date, as_of_date date, account_id text, person_id text, currency text, balance_amount numeric(20, 4),
    past_due_amount numeric(20, 4), days_past_due integer, aging_bucket text
);
create table policy.experiment_arms (list_date date, account_id text, person_id text, arm text);
create table policy.time_zones (
    list_date date, contact_point_id text, person_id text, time_zone_set text [], primary_time_zone text, is_known boolean
);
create table policy.eligible_contacts (
    list_date date, account_id text, person_id text, contact_point_id text, channel text, debt_ids text [],
    attempts_remaining integer, allowed_windows_utc tstzmultirange, time_zone_set text [], valid_until_utc timestamptz
);
create table policy.rule_version (list_date date, rule_version text);

insert into marts.ar_aging_by_invoice values
('2026-03-31', 'I1', 'A1', 'USD', '2026-01-30', '2026-03-01', 30, '1-30', 100.00, 100.00),
('2026-03-31', 'I2', 'A2', 'USD', '2026-01-29', '2026-02-28', 31, '31-60', 60.00, 100.00),
('2026-03-31', 'I3', 'A3', 'USD', '2025-12-30', '2026-01-29', 61, '61-90', 105.00, 100.00),
('2026-03-31', 'I4', 'A4', 'USD', '2025-11-30', '2025-12-30', 91, '91-120', 100.00, 100.00),
('2026-03-31', 'I5', 'A5', 'USD', '2025-10-01', '2025-10-31', 151, '121+', 100.00, 100.00),
('2026-03-31', 'I6', 'A6', 'USD', '2026-01-30', '2026-03-01', 30, '1-30', 108.00, 108.00),
('2026-03-31', 'I7', 'A7', 'JPY', '2026-02-28', '2026-03-30', 1, '1-30', 5000, 5000),
('2026-03-31', 'I9', 'A1', 'USD', '2026-03-15', '2026-04-14', 0, 'current', 50.00, 50.00);
insert into marts.ar_aging_by_account
select
    as_of_date, account_id, currency, sum(open_amount), sum(open_amount) filter (where days_past_due > 0),
    max(days_past_due),
    case
        when max(days_past_due) > 120 then '121+' when max(days_past_due) > 90 then '91-120'
        when max(days_past_due) > 60 then '61-90' when max(days_past_due) > 30 then '31-60' else '1-30'
    end
from marts.ar_aging_by_invoice
group by as_of_date, account_id, currency;
insert into marts.ar_aging_summary
select as_of_date, currency, aging_bucket, count(*), sum(open_amount) from marts.ar_aging_by_invoice
group by as_of_date, currency, aging_bucket;
insert into marts.ar_aging_summary values ('2026-03-31', 'JPY', '31-60', 0, 0);
insert into marts.ar_control_total
select as_of_date, currency, sum(open_amount) from marts.ar_aging_by_invoice group by as_of_date, currency;

insert into policy.population
select
    as_of_date + 1, as_of_date, account_id, replace(account_id, 'A', 'P'), currency, balance_amount, past_due_amount,
    days_past_due, aging_bucket
from marts.ar_aging_by_account;
insert into policy.experiment_arms
select
    list_date, account_id, person_id,
    case account_id when 'A2' then 'explore' when 'A3' then 'control' else 'treated' end
from policy.population;
insert into policy.time_zones values
('2026-04-01', 'C1', 'P1', array['America/New_York'], 'America/New_York', true),
('2026-04-01', 'C2', 'P2', array['America/Los_Angeles'], 'America/Los_Angeles', true),
('2026-04-01', 'C22', 'P2', array['America/Chicago'], 'America/Chicago', true),
('2026-04-01', 'C5', 'P5', array['America/New_York'], 'America/New_York', true);
-- New York is open from 12:00 to 01:00 UTC that day; Los Angeles and Chicago together from 15:00 to 02:00.
insert into policy.eligible_contacts values
(
    '2026-04-01', 'A1', 'P1', 'C1', 'voice', array['D1'], 5,
    '{[2026-04-01 12:00+00, 2026-04-02 01:00+00)}', array['America/New_York'], '2026-04-02 01:00+00'
),
(
    '2026-04-01', 'A2', 'P2', 'C2', 'voice', array['D2'], 7, '{[2026-04-01 15:00+00, 2026-04-02 02:00+00)}',
    array['America/Chicago', 'America/Los_Angeles'], '2026-04-02 02:00+00'
),
(
    '2026-04-01', 'A5', 'P5', 'C5', 'voice', array['D5'], 1,
    '{[2026-04-01 12:00+00, 2026-04-01 16:00+00), [2026-04-01 18:00+00, 2026-04-02 01:00+00)}',
    array['America/New_York'], '2026-04-02 01:00+00'
);
insert into policy.rule_version values ('2026-04-01', 'rules-1');
