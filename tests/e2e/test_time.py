"""Time: a day run again is the same day, and what is learnt late changes tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from recoup import warehouse as server
from recoup.day import Day
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
    pay_in_full(account_id, items, today, lived)

    # In the afternoon, when the source has recorded the payment: what is pulled then is known from then on.
    later = Day(today.as_of_date, today.recorded_at + timedelta(hours=10))
    unpublish(today, lived)
    rebuilt = run_day(later, lived)
    assert rebuilt["pull_billing_ledger"]["loaded"] >= 2, "the late payment was not even pulled"
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
