-- Whose contacts have to be judged again, and from which instant on: the persons of whom a row has come since the last
-- run, with the earliest instant that it speaks of. A fact says nothing about a contact made before it.
--
-- Versions that were overtaken count too: a contact that was moved from one person to another concerns both.
create temporary table touched (person_id text primary key, since timestamptz not null) on commit drop;

create temporary table fresh_subject (person_id text, account_id text, debt_id text, since timestamptz not null) on commit drop;

insert into fresh_subject (person_id, since)
select
    versions.person_id,
    min(versions.started_at)
from raw_contact.attempts as versions
where
    versions._key in (
        select fresh._key from raw_contact.attempts as fresh
        where fresh._batch_id >= (select contact_from from this_run)
    )
group by versions.person_id;

insert into fresh_subject (person_id, account_id, debt_id, since)
select
    person_id,
    account_id,
    debt_id,
    from_at
from raw_contact.status_events
where _batch_id >= (select contact_from from this_run)
union all
select
    person_id,
    account_id,
    debt_id,
    from_at
from raw_ledger.status_events
where _batch_id >= (select ledger_from from this_run);

insert into fresh_subject (person_id, since)
select
    points.person_id,
    consents.at
from raw_contact.consents as consents
inner join raw_contact.contact_points as points on consents.contact_point_id = points._key
where consents._batch_id >= (select contact_from from this_run)
union all
select
    points.person_id,
    consents.at
from raw_contact.consents as consents
inner join raw_ledger.contact_points as points on consents.contact_point_id = points._key
where consents._batch_id >= (select contact_from from this_run)
union all
select
    person_id,
    at
from raw_contact.consents
where person_id is not null and _batch_id >= (select contact_from from this_run)
union all
select
    versions.person_id,
    '-infinity'::timestamptz
from raw_contact.contact_points as versions
where
    versions._key in (
        select fresh._key from raw_contact.contact_points as fresh
        where fresh._batch_id >= (select contact_from from this_run)
    )
union all
select
    versions.person_id,
    '-infinity'::timestamptz
from raw_ledger.contact_points as versions
where
    versions._key in (
        select fresh._key from raw_ledger.contact_points as fresh
        where fresh._batch_id >= (select ledger_from from this_run)
    );

insert into fresh_subject (account_id, since)
select
    account_id,
    '-infinity'::timestamptz
from raw_ledger.account_parties
where _batch_id >= (select ledger_from from this_run)
union all
select
    versions.account_id,
    '-infinity'::timestamptz
from raw_ledger.debts as versions
where
    versions._key in (
        select fresh._key from raw_ledger.debts as fresh
        where fresh._batch_id >= (select ledger_from from this_run)
    )
union all
select
    account_id,
    '-infinity'::timestamptz
from raw_ledger.accounts
where _batch_id >= (select ledger_from from this_run)
union all
select
    invoices.account_id,
    disputes.opened_at
from raw_ledger.disputes as disputes
inner join raw_ledger.invoices as invoices on disputes.invoice_id = invoices._key
where disputes.kind = 'billing' and disputes._batch_id >= (select ledger_from from this_run)
union all
select
    invoices.account_id,
    disputes.opened_at
from raw_ledger.disputes as disputes
inner join raw_ledger.invoices as invoices on disputes.invoice_id = invoices._key
where disputes.kind = 'billing' and invoices._batch_id >= (select ledger_from from this_run);

analyze fresh_subject;

insert into touched (person_id, since)
with

named as (
    select
        person_id,
        since
    from fresh_subject
    where person_id is not null
    union all
    select
        parties.person_id,
        fresh_subject.since
    from fresh_subject
    inner join raw_ledger.account_parties as parties on fresh_subject.account_id = parties.account_id
    where fresh_subject.person_id is null
    union all
    select
        parties.person_id,
        fresh_subject.since
    from fresh_subject
    inner join raw_ledger.debts as debts on fresh_subject.debt_id = debts._key
    inner join raw_ledger.account_parties as parties on debts.account_id = parties.account_id
    where fresh_subject.person_id is null and fresh_subject.account_id is null
),

with_the_household as (
    -- what one of a couple was told may count for the other
    select * from named
    union all
    select
        others.person_id,
        named.since
    from named
    inner join raw_ledger.account_parties as own on named.person_id = own.person_id
    inner join raw_ledger.account_parties as others on own.account_id = others.account_id
    where own.role = 'spouse' or others.role = 'spouse'
)

select
    person_id,
    min(since)
from with_the_household
group by person_id;

analyze touched;
