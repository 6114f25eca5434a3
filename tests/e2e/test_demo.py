"""The demo: a company made up, its day through the DAGs, and nothing at all the second time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from recoup import warehouse as server
from recoup.airflow_runtime import demo
from recoup.day import Day
from recoup.pipeline import STAGES
from recoup.run_ledger import has_succeeded
from recoup.settings import Settings
from recoup.warehouse.passwords import password_of

pytestmark = pytest.mark.timeout(600)

AS_OF_DATE = date(2026, 2, 28)


@dataclass(frozen=True)
class Shown:
    """A run of the demo: what it returned and printed."""

    settings: Settings
    timing: demo.Timing | None
    text: str


def run_demo(settings: Settings) -> Shown:
    console = Console(file=StringIO(), width=200)
    timing = demo.run(settings, as_of_date=AS_OF_DATE, customers=400, months=9, seed=3, console=console)
    assert isinstance(console.file, StringIO)
    return Shown(settings, timing, console.file.getvalue())


@pytest.fixture(scope="module")
def first(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Shown]:
    with new_warehouse() as settings:
        yield run_demo(settings)


def ledger_rows(settings: Settings) -> int:
    with server.connect("auditor", settings) as connection:
        row = connection.execute("select count(*) from audit.run_ledger").fetchone()
    assert row is not None
    return int(row[0])


def test_every_stage_ran_through_the_dags(first: Shown) -> None:
    assert first.timing is not None
    assert all(has_succeeded(stage.name, AS_OF_DATE, first.settings) for stage in STAGES)
    assert ledger_rows(first.settings) == len(STAGES)
    assert all(f"{stage.name} " in first.text for stage in STAGES)


def test_it_shows_both_lists_the_aging_that_ties_and_where_to_look(first: Shown) -> None:
    day = Day.closing(AS_OF_DATE, first.settings.company.time_zone)
    for said in ("lists.contact_priority", "lists.best_time_to_contact", "Receivables by age", "ties", "Figures of"):
        assert said in first.text
    page = first.settings.artifacts / "day" / f"{day.list_date}.html"
    assert page.is_file()
    assert str(page) in first.text
    assert "recoup url --role bi_reader" in first.text
    assert password_of("bi_reader", first.settings) not in first.text, "a screen is a log"


def test_a_second_time_nothing_runs_and_the_same_is_shown(first: Shown) -> None:
    before = ledger_rows(first.settings)
    second = run_demo(first.settings)
    assert second.timing is None
    assert "published already" in second.text
    assert ledger_rows(first.settings) == before
    shown = first.text.split("Whom to contact", 1)[1]
    assert second.text.split("Whom to contact", 1)[1] == shown


def test_airflow_leaves_nothing_behind(first: Shown) -> None:
    assert not (first.settings.home / "airflow").exists() or not list((first.settings.home / "airflow").rglob("*.db"))
    with server.connect("airflow", first.settings, first.settings.source_database("airflow")) as metadata:
        tables = metadata.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,), "the demo's runs are in the metadata that a scheduler would read"
