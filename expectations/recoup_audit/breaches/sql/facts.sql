-- What is known of the touched persons: the newest version of every row, from the raw tables alone.
--
-- Each table is analyzed before the next one is made of it, and what may be found by one key or by another is found by
-- each apart: an `or` of two lists would be tried row by row as soon as a list outgrows the memory for its hash.
create temporary table people on commit drop as
select person_id from touched
union
select others.person_id
from touched
inner join raw_ledger.account_parties as own on touched.person_id = own.person_id
inner join raw_ledger.account_parties as others on own.account_id = others.account_id
where own.role = 'spouse' or others.role = 'spouse';

create index on people (person_id);

analyze people;

-- Parties, of the persons' accounts; a third party is asked where somebody is and owes nothing.
create temporary table party on commit drop as
with

theirs as (
    select distinct account_id from raw_ledger.account_parties
    where person_id in (select person_id from people)
),

newest as (
    select distinct on (_key)
        person_id,
        account_id,
        role,
        from_on,
        to_on
    from raw_ledger.account_parties
    where account_id in (select account_id from theirs)
    order by _key, _known_at desc
)

select * from newest;

create index on party (person_id);
create index on party (account_id);

analyze party;

create temporary table attempt on commit drop as
with

mentioned as (
    select attempts._key
    from raw_contact.attempts as attempts
    inner join people on attempts.person_id = people.person_id
    left join touched on people.person_id = touched.person_id
    -- the longest window, and the day that zones differ by
    where attempts.started_at >= coalesce(touched.since, '-infinity') - interval '33 days'
),

newest as (
    select distinct on (_key) *
    from raw_contact.attempts
    where _key in (select _key from mentioned)
    order by _key, _known_at desc
),

meanings as (
    -- where dialers differ about a code, it is only said what all of them say
    select
        upper(disposition_raw) as code,
        bool_and(disposition in ('busy', 'disconnected')) as is_not_connected
    from disposition_seed
    group by upper(disposition_raw)
)

select
    newest.attempt_id,
    newest.person_id,
    newest.contact_point_id,
    newest.debt_ids,
    newest.channel,
    newest.direction,
    newest.started_at,
    newest.campaign,
    case newest.channel when 'voicemail' then 'voice' else newest.channel end as medium,
    newest.direction = 'outbound' as is_outbound,
    coalesce(meanings.is_not_connected, false) as is_not_connected,
    -- a telephone conversation: what the source says of it, else of the right party, else a call with words that is not
    -- known to have been a machine's
    newest.channel in ('voice', 'voicemail') and coalesce(
        newest.conversation,
        newest.right_party,
        newest.connected and coalesce(newest.human, true) and coalesce(newest.talk_seconds, 0) > 0
    ) as is_conversation
from newest
left join meanings on upper(trim(newest.disposition_raw)) = meanings.code
where newest.person_id in (select person_id from people);

create unique index on attempt (attempt_id);
create index on attempt (person_id, started_at);

analyze attempt;

create temporary table named_debt on commit drop as
select distinct named.debt_id
from attempt
cross join unnest(attempt.debt_ids) as named (debt_id);

analyze named_debt;

create temporary table account on commit drop as
with

wanted as (
    select account_id from party
    union
    -- an attempt may name an account that has no debts
    select debt_id from named_debt
)

select distinct on (_key)
    account_id,
    nullif(upper(regexp_replace(trim(region), '^US-', '', 'i')), '') as region,
    opened_on
from raw_ledger.accounts
where _key in (select account_id from wanted)
order by _key, _known_at desc;

create index on account (account_id);

analyze account;

-- Debts of the persons' accounts and those that an attempt names. An account without debts is one.
create temporary table debt on commit drop as
with

versions as (
    select * from raw_ledger.debts
    where account_id in (select account_id from party)
    union all
    select * from raw_ledger.debts
    where _key in (select debt_id from named_debt)
),

newest as (
    select distinct on (_key)
        debt_id,
        account_id,
        collector_role,
        default_on,
        coalesce(group_key, debt_id) as unit
    from versions
    order by _key, _known_at desc
)

select * from newest
union all
select
    account.account_id,
    account.account_id,
    (select company_role from this_run),
    null,
    account.account_id
from account
where not exists (select 1 from raw_ledger.debts where debts.account_id = account.account_id);

create index on debt (debt_id);
create index on debt (account_id);

analyze debt;

-- Contact points: of two feeds the statement learned last, the contact center's on a tie.
create temporary table point on commit drop as
with

wanted as (
    select _key from raw_contact.contact_points where person_id in (select person_id from people)
    union
    select _key from raw_ledger.contact_points where person_id in (select person_id from people)
    union
    select contact_point_id from attempt
),

newest as (
    select distinct on (_key) *
    from (
        select
            _key, contact_point_id, person_id, medium, type, postal_code, area_code, verified_at, valid_from, valid_to,
            _known_at, 1 as feed
        from raw_contact.contact_points
        where _key in (select _key from wanted)
        union all
        select
            _key, contact_point_id, person_id, medium, type, postal_code, area_code, verified_at, valid_from, valid_to,
            _known_at, 2 as feed
        from raw_ledger.contact_points
        where _key in (select _key from wanted)
    ) as versions
    order by _key, _known_at desc, feed
)

select
    newest.contact_point_id,
    newest.person_id,
    newest.medium,
    coalesce(newest.type, 'unknown') as point_type,
    nullif(trim(newest.postal_code), '') as postal_code,
    newest.area_code,
    -- company dates, the end exclusive
    coalesce((newest.valid_from at time zone this_run.company_zone)::date, '-infinity'::date) as valid_from,
    coalesce((newest.valid_to at time zone this_run.company_zone)::date, 'infinity'::date) as valid_to
from newest
cross join this_run;

create index on point (contact_point_id);
create index on point (person_id);

analyze point;

-- When a number was checked. A later check replaces the row and not the fact: versions that were overtaken still tell.
create temporary table number_check on commit drop as
select distinct
    contact_point_id,
    verified_at
from (
    select contact_point_id, verified_at from raw_contact.contact_points
    where verified_at is not null and _key in (select contact_point_id from point)
    union all
    select contact_point_id, verified_at from raw_ledger.contact_points
    where verified_at is not null and _key in (select contact_point_id from point)
) as checks;

create index on number_check (contact_point_id);

analyze number_check;

create temporary table status on commit drop as
with

versions as (
    select *, 1 as feed from raw_contact.status_events
    where person_id in (select person_id from people)
    union all
    select *, 1 as feed from raw_contact.status_events
    where account_id in (select account_id from party)
    union all
    select *, 1 as feed from raw_contact.status_events
    where debt_id in (select debt_id from debt)
    union all
    select *, 2 as feed from raw_ledger.status_events
    where person_id in (select person_id from people)
    union all
    select *, 2 as feed from raw_ledger.status_events
    where account_id in (select account_id from party)
    union all
    select *, 2 as feed from raw_ledger.status_events
    where debt_id in (select debt_id from debt)
),

known as (
    select distinct on (_key, feed)
        person_id,
        account_id,
        debt_id,
        status,
        from_at,
        to_at,
        detail
    from versions
    order by _key, feed, _known_at desc
)

select
    row_number() over () as status_key,
    person_id,
    account_id,
    debt_id as of_debt_id,
    status,
    from_at,
    to_at,
    detail
from known;

create index on status (person_id);
create index on status (account_id);
create index on status (of_debt_id);

analyze status;

create temporary table statement on commit drop as
with

versions as (
    select * from raw_contact.consents
    where contact_point_id in (select contact_point_id from point)
    union all
    select * from raw_contact.consents
    where contact_point_id is null and person_id in (select person_id from people)
)

select distinct on (_key)
    contact_point_id,
    case when contact_point_id is null then person_id end as person_id,
    medium,
    purpose,
    state,
    at,
    case state when 'revoked' then 1 when 'refused' then 2 else 3 end as strictness
from versions
order by _key, _known_at desc;

create index on statement (contact_point_id);
create index on statement (person_id);

analyze statement;

-- Billing disputes of an invoice, from the ledger: of the invoice's debt, or of its account where it names none.
create temporary table billing_dispute on commit drop as
with

newest as (
    select distinct on (_key)
        invoice_id,
        kind,
        opened_at,
        closed_at
    from raw_ledger.disputes
    where invoice_id is not null
    order by _key, _known_at desc
),

invoice as (
    select distinct on (_key)
        invoice_id,
        account_id,
        debt_id
    from raw_ledger.invoices
    where _key in (select invoice_id from newest where kind = 'billing')
    order by _key, _known_at desc
)

select
    case when invoice.debt_id is null then invoice.account_id end as account_id,
    invoice.debt_id,
    newest.opened_at,
    newest.closed_at
from newest
inner join invoice on newest.invoice_id = invoice.invoice_id
where newest.kind = 'billing' and invoice.account_id in (select account_id from party);

analyze billing_dispute;
