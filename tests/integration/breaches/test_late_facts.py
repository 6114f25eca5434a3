"""What is learned later changes what was found: a finding appears, and one that no longer holds is marked, not lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from oracle.history import Account, Attempt, Company, Debt, History, Party, Point, Status
from play import raw_rows
from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.entities import FEEDS, entities_of
from recoup.settings import Settings
from recoup_audit.breaches import Findings, detect

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
"""Noon in New York, where everybody here lives."""


def day(number: int) -> Day:
    on = date(2026, 3, number)
    return Day(on, datetime(2026, 3, number, 23, 59, tzinfo=UTC))


def town(attempts: tuple[Attempt, ...], *more: Status) -> History:
    long_ago = datetime(2025, 1, 2, tzinfo=UTC)
    return History(
        Company("third_party"), ("P1", "P2"),
        accounts=(Account("A1", date(2025, 1, 1), "NY"), Account("A2", date(2025, 1, 1), "NY")),
        parties=(Party("A1", "P1", "obligor", date(2025, 1, 1)), Party("A2", "P2", "obligor", date(2025, 1, 1))),
        debts=(
            Debt("D1", "A1", "third_party", default_on=date(2025, 1, 1)),
            Debt("D2", "A2", "third_party", default_on=date(2025, 1, 1)),
        ),
        points=(
            Point("C1", "P1", "voice", "mobile", "10001", "212", None, long_ago),
            Point("C2", "P2", "voice", "mobile", "10001", "212", None, long_ago),
        ),
        statuses=(Status("validation_sent", long_ago, debt_id="D1"), Status("validation_sent", long_ago, debt_id="D2"),
                  *more),
        attempts=attempts,
    )  # fmt: skip


def call(number: int, at: datetime, person: str = "1") -> Attempt:
    return Attempt(f"T{number:02d}", f"P{person}", f"C{person}", "voice", at, "outbound", (f"D{person}",))


@pytest.fixture
def settings(module_warehouse: Settings) -> Settings:
    """Nine calls to P1 in six days and one to P2, and nothing looked at yet."""
    with warehouse.connect("loader", module_warehouse) as connection:
        for feed in FEEDS:
            names = ["batches", "manifest", "rejected", *(e.name for e in entities_of(feed))]
            tables = sql.SQL(", ").join(sql.Identifier(f"raw_{feed}", name) for name in names)
            connection.execute(sql.SQL("truncate {}").format(tables))
    with warehouse.connect("auditor", module_warehouse) as connection:
        connection.execute("truncate audit.breach_findings, audit.near_misses, audit.breach_runs")
    calls = tuple(call(n, NOON + timedelta(hours=n % 3, days=n // 3 - 5)) for n in range(9))
    histories = [town((*calls, call(20, NOON, "2")))]
    raw_rows.write(module_warehouse, histories, day(10).recorded_at, as_of_date=day(10).as_of_date)
    return module_warehouse


def kept(settings: Settings, table: str = "breach_findings") -> list[tuple[Any, ...]]:
    with warehouse.connect("auditor", settings) as connection:
        return connection.execute(
            f"select attempt_id, rule_id, counted, as_of_date, retracted_as_of from audit.{table} order by 1, 2"
        ).fetchall()


def test_the_eighth_call_is_a_breach_and_the_seventh_a_near_miss(settings: Settings) -> None:
    assert detect(day(10), settings) == Findings(judged=10, breaches=2, near_misses=1, retracted=0, is_whole=True)
    assert kept(settings) == [
        ("T07", "REGF_7IN7", 7, day(10).as_of_date, None), ("T08", "REGF_7IN7", 8, day(10).as_of_date, None),
    ]  # fmt: skip
    assert [row[:3] for row in kept(settings, "near_misses")] == [("T06", "REGF_7IN7", 6)]


def test_a_second_run_changes_nothing_and_a_quiet_day_judges_nobody(settings: Settings) -> None:
    detect(day(10), settings)
    before = kept(settings)
    again = detect(day(10), settings)
    assert (again.judged, again.retracted, again.is_whole) == (10, 0, False)
    assert detect(day(11), settings) == Findings(judged=0, breaches=0, near_misses=0, retracted=0, is_whole=False)
    assert kept(settings) == before


def test_a_call_that_was_booked_to_the_wrong_person_takes_a_finding_back(settings: Settings) -> None:
    detect(day(10), settings)
    moved = Attempt("T00", "P2", "C2", "voice", NOON - timedelta(days=5), "outbound", ("D2",))
    rows = {("contact", "attempts"): [raw_rows.attempt_row(moved)]}
    raw_rows.store(settings, rows, day(12).recorded_at, as_of_date=day(12).as_of_date)  # type: ignore[arg-type]
    found = detect(day(12), settings)
    assert found.retracted == 2, "T07 is the seventh now, and T06 no longer near"
    assert kept(settings) == [
        ("T07", "REGF_7IN7", 7, day(10).as_of_date, day(12).as_of_date),
        ("T08", "REGF_7IN7", 7, day(10).as_of_date, None),
    ]  # fmt: skip


def test_a_stop_request_that_arrives_late_is_a_breach_of_the_calls_after_it(settings: Settings) -> None:
    detect(day(10), settings)
    asked_at = NOON - timedelta(minutes=1)
    rows = {("contact", "status_events"): [raw_rows.status_row(Status("cease", asked_at, person_id="P2"))]}
    raw_rows.store(settings, rows, day(13).recorded_at, as_of_date=day(13).as_of_date)  # type: ignore[arg-type]
    assert detect(day(13), settings) == Findings(judged=1, breaches=1, near_misses=0, retracted=0, is_whole=False)
    assert kept(settings)[-1] == ("T20", "REGF_CEASE", None, day(13).as_of_date, None)


def test_a_call_before_the_stop_request_is_none(settings: Settings) -> None:
    asked_at = NOON + timedelta(minutes=1)
    rows = {("contact", "status_events"): [raw_rows.status_row(Status("cease", asked_at, person_id="P2"))]}
    raw_rows.store(settings, rows, day(11).recorded_at, as_of_date=day(11).as_of_date)  # type: ignore[arg-type]
    detect(day(11), settings)
    assert "REGF_CEASE" not in {row[1] for row in kept(settings)}


def test_what_was_taken_back_stands_again_when_it_holds_again(settings: Settings) -> None:
    detect(day(10), settings)
    for number, person in ((12, "2"), (13, "1")):
        there = Attempt(
            "T00", f"P{person}", f"C{person}", "voice", NOON - timedelta(days=5), "outbound", (f"D{person}",)
        )
        rows = {("contact", "attempts"): [raw_rows.attempt_row(there)]}
        raw_rows.store(settings, rows, day(number).recorded_at, as_of_date=day(number).as_of_date)  # type: ignore[arg-type]
        detect(day(number), settings)
    assert [row[0] for row in kept(settings) if row[4] is None] == ["T07", "T08"]
    assert kept(settings)[0][3] == day(10).as_of_date, "first found is first found"


def test_other_rules_judge_the_whole_log_anew(settings: Settings) -> None:
    detect(day(10), settings)
    with warehouse.connect("auditor", settings) as connection:
        connection.execute("update audit.breach_runs set rules_sha256 = repeat('0', 64)")
    assert detect(day(11), settings).is_whole
