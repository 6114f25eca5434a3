"""A corrupted batch stops the day: the message names the expectation, and yesterday's list stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from recoup import pipeline
from recoup import warehouse as server
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.run_ledger import has_succeeded
from recoup.settings import Settings

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def lived(company_copy: Callable[[], AbstractContextManager[Settings]]) -> Iterator[Settings]:
    with company_copy() as settings:
        yield settings


@pytest.fixture(scope="module")
def tomorrow(company_run: Any) -> Day:
    return Day.closing(company_run.day.list_date, company_run.settings.company.time_zone)


@pytest.fixture(scope="module")
def message(lived: Settings, tomorrow: Day, run_day: Callable[[Day, Settings], object]) -> str:
    """What the audit says after receipts came from the future; the day is run as the DAGs run it, stage by stage."""
    with server.connect("company", lived, lived.source_database("billing_ledger")) as ledger:
        corrupted = ledger.execute(
            """
            update payments set settled_at = %s, recorded_at = %s
            where payment_id in (select payment_id from payments where status = 'settled' order by payment_id limit 7)
            """,
            [tomorrow.recorded_at + timedelta(days=30), tomorrow.recorded_at - timedelta(hours=1)],
        ).rowcount
    assert corrupted == 7
    with pytest.raises(RecoupError) as refused:
        run_day(tomorrow, lived)
    return str(refused.value)


def test_the_message_names_the_expectation_and_the_failing_count(message: str) -> None:
    assert re.search(r"(?i)no_?receipt_?from_?the_?future\b.*\b7\b", message)


def test_the_day_stops_at_the_audit_of_the_feed(message: str, lived: Settings, tomorrow: Day) -> None:
    done = [stage.name for stage in pipeline.STAGES if has_succeeded(stage.name, tomorrow.as_of_date, lived)]
    assert message
    assert done == ["pull_billing_ledger"]


def test_the_run_ledger_keeps_the_same_sentence(message: str, lived: Settings, tomorrow: Day) -> None:
    with server.connect("auditor", lived) as connection:
        row = connection.execute(
            "select status, message from audit.run_ledger where stage = 'audit_billing_ledger' and as_of_date = %s",
            [tomorrow.as_of_date],
        ).fetchone()
    assert row == ("failed", message)


def test_yesterdays_list_stays(
    message: str,
    lived: Settings,
    company_run: Any,
    tomorrow: Day,
    row_hashes: Callable[[Day, Settings], dict[str, list[str]]],
) -> None:
    assert message
    before = row_hashes(company_run.day, company_run.settings)
    assert all(before.values())
    assert row_hashes(company_run.day, lived) == before
    with server.connect("dialer", lived) as connection:
        newest = connection.execute("select distinct list_date from lists.current_contact_priority").fetchall()
        tomorrows = connection.execute(
            "select count(*) from lists.manifest where list_date = %s", [tomorrow.list_date]
        ).fetchone()
    assert newest == [(company_run.day.list_date,)]
    assert tomorrows == (0,)


def test_publishing_anyway_is_refused(message: str, lived: Settings, tomorrow: Day) -> None:
    assert message
    with pytest.raises(RecoupError, match="audited"):
        pipeline.run_stage("publish_lists", tomorrow, lived)
