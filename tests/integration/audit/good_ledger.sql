-- What the billing ledger delivered: a first batch the day before, and the day's own. Keys and counts are filled in after.
insert into raw_ledger.batches (batch_id, feed, as_of_date, recorded_at, is_first, finished_at) overriding system value values
(1, 'ledger', '2026-03-30', '2026-03-31 09:00+00', true, '2026-03-31 09:01+00'),
(2, 'ledger', '2026-03-31', '2026-04-01 09:00+00', false, '2026-04-01 09:01+00');

-- What says nothing else is learned with the day's own batch.
insert into raw_ledger.persons (person_id, kind, birth_year, created_at)
select 'P' || i, 'natural', 1980, '2025-01-01 00:00+00' from generate_series(1, 7) as i;
insert into raw_ledger.accounts (account_id, product, currency, status, opened_on, terms_code)
select 'A' || i, 'power', case i when 7 then 'JPY' else 'USD' end, 'open', '2025-01-01', 'N30'
from generate_series(1, 7) as i;
insert into raw_ledger.account_parties (account_id, person_id, role, from_on)
select 'A' || i, 'P' || i, 'obligor', '2025-01-01' from generate_series(1, 7) as i;
insert into raw_ledger.debts (debt_id, account_id, kind, collector_role)
select 'D' || i, 'A' || i, 'utility', 'third_party' from generate_series(1, 7) as i;
insert into raw_ledger.terms (terms_code, net_days, discount_rate)
select 'N30', 30, 0.02;
insert into raw_ledger.contract_prices (account_id, item, kind, price_cents, period, from_on, to_on)
select 'A1', 'kwh', 'price', 30, 'unit', '2025-01-01'::date, '2027-01-01'::date;
insert into raw_ledger.subscriptions (
    subscription_id, account_id, plan, status, started_on, cancelled_on, cancel_reason
)
select 'S1', 'A1', 'basic', 'active', '2025-01-01'::date, '2026-03-01'::date, 'moved to 12 other streets in 2026';
insert into raw_ledger.usage (account_id, item, service_from, service_to, quantity)
select 'A1', 'kwh', '2026-01-01'::date, '2026-01-31'::date, 12.5;

insert into raw_ledger.invoices (
    invoice_id, account_id, debt_id, currency, issued_on, due_on, status, total_cents, tax_cents
)
select v.* from (values
    ('I1', 'A1', 'D1', 'USD', '2026-01-30'::date, '2026-03-01'::date, 'open', 10000, null::bigint),
    ('I2', 'A2', 'D2', 'USD', '2026-01-29', '2026-02-28', 'open', 10000, null),
    ('I3', 'A3', 'D3', 'USD', '2025-12-30', '2026-01-29', 'open', 10000, null),
    ('I4', 'A4', 'D4', 'USD', '2025-11-30', '2025-12-30', 'open', 10000, null),
    ('I5', 'A5', 'D5', 'USD', '2025-10-01', '2025-10-31', 'open', 10000, null),
    ('I6', 'A6', 'D6', 'USD', '2026-01-30', '2026-03-01', 'open', 10800, 800),
    ('I7', 'A7', 'D7', 'JPY', '2026-02-28', '2026-03-30', 'open', 5000, null),
    ('I8', 'A1', 'D1', 'USD', '2025-12-30', '2026-01-29', 'paid', 7000, 500),
    ('I9', 'A1', 'D1', 'USD', '2026-03-15', '2026-04-14', 'open', 5000, null)
) as v;
insert into raw_ledger.invoice_lines (
    line_id, invoice_id, item, service_from, service_to, quantity, unit_price_cents, amount_cents
)
select v.* from (values
    ('L1', 'I1', 'kwh', '2026-01-01'::date, '2026-01-31'::date, 100, 40, 4000),
    ('L2', 'I1', 'base', '2026-01-01', '2026-01-31', 1, 6000, 6000),
    ('L3', 'I2', 'base', null, null, 1, 10000, 10000),
    ('L4', 'I6', 'base', null, null, 1, 10000, 10000),
    ('L5', 'I7', 'base', null, null, 1, 5000, 5000)
) as v;
-- An invoice may carry its tax as a line, and a line may have come earlier than the others.
insert into raw_ledger.invoice_lines (line_id, invoice_id, item, quantity, unit_price_cents, amount_cents)
select 'L6', 'I8', 'base', 1, 6500, 6500
union all
select 'L7', 'I8', 'tax', 1, 500, 500;

insert into raw_ledger.payments (
    payment_id, account_id, currency, amount_cents, method, status, attempted_at, settled_at
)
select v.* from (values
    ('Y2', 'A2', 'USD', 4000, 'card', 'settled', '2026-03-10 12:00+00'::timestamptz, '2026-03-10 12:05+00'::timestamptz),
    ('Y4', 'A4', 'USD', 4000, 'card', 'failed', '2026-03-12 12:00+00', null),
    ('Y5', 'A5', 'USD', 2000, 'debit', 'returned', '2026-03-11 12:00+00', '2026-03-12 12:00+00'),
    ('Y8', 'A1', 'USD', 7000, 'card', 'settled', '2026-02-10 12:00+00', '2026-02-10 12:00+00')
) as v;
-- Y8 paid in two parts, one of them long known; one part was reversed and applied again. X9 pays an invoice not known yet.
insert into raw_ledger.applications (
    application_id, payment_id, credit_id, invoice_id, amount_cents, applied_on, reverses
)
select 'X1', 'Y8', null, 'I8', 3000, '2026-02-10'::date, null::text;
insert into raw_ledger.applications (
    application_id, payment_id, credit_id, invoice_id, amount_cents, applied_on, reverses
)
select v.* from (values
    ('X2', 'Y8', null::text, 'I8', 4000, '2026-02-10'::date, null::text),
    ('X3', 'Y8', null, 'I8', 4000, '2026-02-11', 'X2'),
    ('X4', 'Y8', null, 'I8', 4000, '2026-02-12', null),
    ('X5', 'Y2', null, 'I2', 4000, '2026-03-10', null),
    ('X6', 'Y5', null, 'I5', 2000, '2026-03-12', null),
    ('X7', null, 'J2', 'I2', 0, '2026-03-12', null)
) as v;
insert into raw_ledger.adjustments (
    adjustment_id, account_id, invoice_id, currency, kind, amount_cents, "on", reason
)
select v.* from (values
    ('J1', 'A3', 'I3', 'USD', 'late_fee', 500, '2026-02-15'::date, 'late since 2026-01-29'),
    ('J2', 'A2', 'I2', 'USD', 'credit', 1000, '2026-03-01', 'goodwill')
) as v;
-- Two disputes of one payment: normal.
insert into raw_ledger.disputes (dispute_id, payment_id, kind, amount_cents, opened_at, closed_at, outcome)
select v.* from (values
    ('B1', 'Y8', 'chargeback', 1000, '2026-02-15 00:00+00'::timestamptz, '2026-02-20 00:00+00'::timestamptz, 'won'),
    ('B2', 'Y8', 'chargeback', 7000, '2026-02-25 00:00+00', null, null)
) as v;
insert into raw_ledger.plans (plan_id, account_id, agreed_on, status)
select 'N1', 'A6', '2026-03-20'::date, 'active';
insert into raw_ledger.instalments (plan_id, seq, due_on, amount_cents)
select 'N1', 1, '2026-04-20'::date, 5400;
insert into raw_ledger.costs ("on", kind, amount_cents, detail)
select '2026-03-31'::date, 'channel', 1200, 'voice';
insert into raw_ledger.offers (offer_id, account_id, kind, made_at, amount_cents)
select 'O1', 'A6', 'discount', '2026-03-20 12:00+00'::timestamptz, 500;
insert into raw_ledger.fx_rates ("on", from_currency, to_currency, rate)
select '2026-03-31'::date, 'JPY', 'USD', 0.0067;
insert into raw_ledger.contact_points (
    contact_point_id, person_id, medium, type, postal_code, area_code, valid_from
)
select v.*, '2025-01-01 00:00+00'::timestamptz from (values
    ('C1', 'P1', 'voice', 'mobile', '10001', '212'), ('C2', 'P2', 'voice', 'mobile', '60601', '213'),
    ('C5', 'P5', 'voice', 'home', '10001', '212')
) as v;
-- P5's dispute came long after the validation notice: it flags and does not bind. P6's petition was dismissed.
insert into raw_ledger.status_events (person_id, account_id, debt_id, status, from_at, to_at, detail)
select v.* from (values
    ('P5', 'A5', 'D5', 'validation_sent', '2025-11-15 12:00+00'::timestamptz, null::timestamptz, null),
    ('P6', null::text, null::text, 'bankruptcy_petition', '2025-11-15 12:00+00', null, 'case 26-10447'),
    ('P6', null, null, 'bankruptcy_dismissed', '2026-01-15 12:00+00', null, null)
) as v;

update raw_ledger.invoice_lines
set _batch_id = 1, _recorded_at = '2026-03-31 09:00+00', _known_at = '2026-03-01 20:00+00'
where line_id = 'L6';
update raw_ledger.applications
set _batch_id = 1, _recorded_at = '2026-03-31 09:00+00', _known_at = '2026-03-01 20:00+00'
where application_id = 'X1';
