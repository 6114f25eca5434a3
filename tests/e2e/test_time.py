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


def pay_in_full(account_id: str, day: Day, settings: Settings) -> int:
    """Book a payment that settled on the as-of date, but that the ledger records only the day after. Returns cents."""
    recorded_at = day.recorded_at + timedelta(hours=6)
    with server.connect("company", settings, settings.source_database("billing_ledger")) as ledger:
        row = ledger.execute(
            """
            with open_invoices as (
                select i.invoice_id, i.account_id, i.currency, i.total_cents - coalesce((
                    select sum(case when a.reverses is null then a.amount_cents else -a.amount_cents end)
                    from applications as a where a.invoice_id = i.invoice_id
                ), 0) as open_cents
                from invoices as i
                where i.account_id = %(account)s and i.status not in ('draft', 'void') and i.due_on <= %(on)s
            ), paid as (
                insert into payments (
                    payment_id, account_id, currency, amount_cents, method, status, attempted_at, settled_at,
                    recorded_at
                )
                select 'late-payment', account_id, currency, sum(open_cents), 'check', 'settled', %(at)s, %(at)s,
                    %(known)s
                from open_invoices where open_cents > 0 group by account_id, currency
                returning amount_cents
            ), applied as (
                insert into applications (
                    application_id, payment_id, invoice_id, amount_cents, applied_on, recorded_at
                )
                select 'late-' || invoice_id, 'late-payment', invoice_id, open_cents, %(on)s, %(known)s
                from open_invoices where open_cents > 0
            )
            select amount_cents from paid
            """,
            {
                "account": account_id,
                "on": day.as_of_date,
                "at": day.recorded_at - timedelta(hours=12),
                "known": recorded_at,
            },
        ).fetchone()
    assert row is not None
    return int(row[0])


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
    with server.connect("dialer", lived) as connection:
        row = connection.execute(
            "select account_id from lists.contact_priority where list_date = %s and seq = 1", [today.list_date]
        ).fetchone()
    assert row is not None
    account_id = row[0]
    assert pay_in_full(account_id, today, lived) > 0

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
