"""Time: a day run again is the same day, and what is learnt late changes tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.rows import namedtuple_row

from recoup import pipeline
from recoup import warehouse as server
from recoup.day import Day
from recoup.schedule import day_under_way
from recoup.settings import Settings

pytestmark = pytest.mark.timeout(600)

RunDay = Callable[[Day, Settings], dict[str, dict[str, int]]]
RowHashes = Callable[[Day, Settings], dict[str, list[str]]]


@pytest.fixture(scope="module")
def lived(company_copy: Callable[[], AbstractContextManager[Settings]]) -> Iterator[Settings]:
    with company_copy() as settings:
        yield settings


@pytest.fixture(scope="module")
def published(company_run: Any, row_hashes: RowHashes) -> dict[str, list[str]]:
    found = row_hashes(company_run.day, company_run.settings)
    assert all(found.values()), "a list is empty: its hashes would prove nothing"
    return found


def unpublish(day: Day, settings: Settings) -> None:
    """Take the day's lists away, but not what their publication froze: they have to be made anew.

    The server refuses that to everybody, whence the superuser's way around its triggers.
    """
    with server.connect("admin", settings, settings.database) as admin:
        admin.execute("set local session_replication_role = replica")
        for table in ("contact_priority", "best_time_to_contact", "excluded", "manifest"):
            admin.execute(f"delete from lists.{table} where list_date = %s", [day.list_date])


def open_items(day: Day, settings: Settings) -> tuple[str, list[tuple[str, int]]]:
    """The first listed account of those that owe on invoices alone, and what it owes, cents by invoice."""
    with server.connect("admin", settings, settings.database) as admin:
        account = admin.execute(
            """
            select listed.account_id
            from lists.contact_priority as listed
            inner join marts.ar_aging_by_invoice as items
                on listed.account_id = items.account_id and listed.as_of_date = items.as_of_date
            where listed.list_date = %s
            group by listed.account_id, listed.seq
            having bool_and(items.invoice_id not like 'adj:%%')
            order by listed.seq
            limit 1
            """,
            [day.list_date],
        ).fetchone()
        assert account is not None
        items = admin.execute(
            "select invoice_id, (open_amount * 100)::bigint from marts.ar_aging_by_invoice"
            " where as_of_date = %s and account_id = %s",
            [day.as_of_date, account[0]],
        ).fetchall()
    assert items
    return account[0], items


def pay_in_full(account_id: str, items: list[tuple[str, int]], day: Day, settings: Settings) -> None:
    """Book a payment that settled on the as-of date, but that the ledger records only the day after."""
    settled_at, recorded_at = day.recorded_at - timedelta(hours=12), day.recorded_at + timedelta(hours=6)
    with server.connect("company", settings, settings.source_database("billing_ledger")) as ledger:
        ledger.execute(
            "insert into payments (payment_id, account_id, currency, amount_cents, method, status, attempted_at,"
            " settled_at, recorded_at) values ('late-payment', %s, 'USD', %s, 'check', 'settled', %s, %s, %s)",
            [account_id, sum(cents for _, cents in items), settled_at, settled_at, recorded_at],
        )
        ledger.cursor().executemany(
            "insert into applications (application_id, payment_id, invoice_id, amount_cents, applied_on, recorded_at)"
            " values ('late-' || %s, 'late-payment', %s, %s, %s, %s)",
            [(invoice_id, invoice_id, cents, day.as_of_date, recorded_at) for invoice_id, cents in items],
        )


Listed = tuple[str, list[str], str, str]


def others_to_call(but: str, at: datetime, day: Day, settings: Settings) -> tuple[Listed, Listed]:
    """Two listed contacts (person, debts, point, channel) that the check allows, of other accounts than `but`."""
    with server.connect("auditor", settings) as connection:
        found = connection.execute(
            """
            select l.person_id, l.debt_ids, l.contact_point_id, l.channel
            from lists.contact_priority as l
            cross join lateral gate.judge(l.person_id, l.debt_ids, l.contact_point_id, l.channel, 'collection', %s) as j
            where l.list_date = %s and l.account_id <> %s and j.is_allowed and j.attempts_remaining > 1
            order by l.seq
            limit 2
            """,
            [at, day.list_date, but],
        ).fetchall()
    first, second = found
    return first, second


def say_and_call(refuser: Listed, called: Listed, at: datetime, settings: Settings) -> None:
    """At `at`, one person takes back the consent to be called at a number, and another one is called."""
    with server.connect("company", settings, settings.source_database("contact_center")) as center:
        center.execute(
            "insert into consents (contact_point_id, person_id, medium, purpose, state, at, recorded_at)"
            " values (%s, %s, %s, 'collection', 'revoked', %s, %s)",
            [refuser[2], refuser[0], refuser[3], at, at],
        )
        center.execute(
            "insert into attempts (attempt_id, person_id, contact_point_id, debt_ids, channel, direction, started_at,"
            " connected, disposition_raw, recorded_at)"
            " values ('today-1', %s, %s, %s, 'voice', 'outbound', %s, false, 'no_answer', %s)",
            [called[0], called[2], called[1], at, at],
        )


def _hashable(contact: Any) -> Any:
    person_id, debt_ids, contact_point_id, channel = contact
    return person_id, tuple(debt_ids), contact_point_id, channel


def check(contact: Any, at: datetime, settings: Settings) -> Any:
    """What the contact check answers a dialer."""
    with server.connect("dialer", settings) as dialer:
        dialer.row_factory = namedtuple_row  # type: ignore[assignment]
        return dialer.execute(
            "select * from gate.contact_check(%s, %s, %s, %s, 'collection', %s)",
            [contact[0], list(contact[1]), *contact[2:], at],
        ).fetchone()


def test_the_day_run_twice_gives_identical_row_hashes(
    lived: Settings, company_run: Any, published: dict[str, list[str]], run_day: RunDay, row_hashes: RowHashes
) -> None:
    unpublish(company_run.day, lived)
    assert not any(row_hashes(company_run.day, lived).values())
    run_day(company_run.day, lived)
    assert row_hashes(company_run.day, lived) == published


def test_a_late_payment_changes_tomorrows_list_and_not_todays_rebuilt_one(
    lived: Settings, company_run: Any, published: dict[str, list[str]], run_day: RunDay, row_hashes: RowHashes
) -> None:
    today: Day = company_run.day
    tomorrow = Day.closing(today.list_date, lived.company.time_zone)
    account_id, items = open_items(today, lived)
    at = today.recorded_at + timedelta(hours=7)
    refuser, called = others_to_call(account_id, at, today, lived)
    with server.connect("dialer", lived) as dialer:
        payer = dialer.execute(
            "select person_id, debt_ids, contact_point_id, channel from lists.contact_priority where account_id = %s",
            [account_id],
        ).fetchone()
    assert payer is not None
    before = {contact: check(contact, at, lived) for contact in map(_hashable, (payer, refuser, called))}
    pay_in_full(account_id, items, today, lived)
    say_and_call(refuser, called, today.recorded_at + timedelta(hours=6), lived)

    # In the afternoon, when the sources have recorded it: what is pulled then is known from then on.
    later = Day(today.as_of_date, today.recorded_at + timedelta(hours=10))
    under_way = day_under_way(at, lived.company.time_zone)
    assert under_way.as_of_date == today.list_date
    pulled = pipeline.run_stage("pull_intraday", under_way, lived)
    assert pulled["ledger_loaded"] >= 2, "the late payment was not even pulled"
    assert (pulled["contact_loaded"], pulled["waiting"]) == (2, 0)
    paid, refused, rung = (check(contact, at, lived) for contact in (payer, refuser, called))
    assert "NOTHING_OWED" in paid.reasons
    assert paid.owed_amount <= 0 < before[_hashable(payer)].owed_amount
    assert (refused.allowed, refused.reasons) == (False, ["OPTED_OUT"])
    # One for the call that was made, one for the reservation of the first question.
    assert rung.attempts_remaining == before[_hashable(called)].attempts_remaining - 2

    unpublish(today, lived)
    run_day(later, lived)
    assert row_hashes(today, lived) == published

    run_day(tomorrow, lived)
    with server.connect("publisher", lived) as connection:
        listed = connection.execute(
            "select count(*), count(*) filter (where account_id = %s) from lists.contact_priority where list_date = %s",
            [account_id, tomorrow.list_date],
        ).fetchone()
        population = connection.execute(
            "select count(*), count(*) filter (where account_id = %s) from policy.population where list_date = %s",
            [account_id, tomorrow.list_date],
        ).fetchone()
    assert listed is not None
    assert population is not None
    assert listed[0] > 0
    assert (listed[1], population[1]) == (0, 0), "the account that has paid is still to be called"
    assert row_hashes(today, lived) == published


def test_no_alert_of_today_comes_again_tomorrow(lived: Settings, company_run: Any) -> None:
    today: Day = company_run.day
    with server.connect("bi_reader", lived) as connection:
        found = connection.execute("select as_of_date, alert_id, evidence_key from monitoring.alerts").fetchall()
    assert today.as_of_date in {as_of_date for as_of_date, _, _ in found}, "no alert today: nothing could come again"
    assert len({alert_id for _, alert_id, _ in found}) == len(found)
    assert len({evidence for _, _, evidence in found}) == len(found)


def test_a_restatement_stands_beside_what_was_published(lived: Settings, company_run: Any, run_day: RunDay) -> None:
    today: Day = company_run.day
    run_day(Day(today.as_of_date, today.recorded_at + timedelta(days=2), is_restatement=True), lived)
    with server.connect("publisher", lived) as connection:
        versions = connection.execute(
            "select list_version, population, sha256 from lists.manifest where list_date = %s order by list_version",
            [today.list_date],
        ).fetchall()
    assert [version for version, _, _ in versions] == [1, 2]
    assert versions[1][1] == versions[0][1] - 1, "who paid late is past due no more, and nobody else changed"
    assert versions[1][2] != versions[0][2]
