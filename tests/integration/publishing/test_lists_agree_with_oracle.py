"""The published lists, read by somebody who knows the rules' text and not our SQL: the oracle."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from oracle.history import Company, History, Question, readable
from oracle.judge import judge
from oracle.recorded import recorded_histories
from oracle.rules import RULES

from recoup import warehouse
from recoup.settings import PROJECT_DIR, Settings

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OF_THE_LEDGER = {"NOTHING_OWED"}
"""Asked of the aging by the lists; a recorded history leaves payments out."""
ORACLES = {rule_id for rule_id, _ in RULES} - OF_THE_LEDGER


@dataclass
class Published:
    """A day's lists, and what is recorded of the persons on them."""

    histories: dict[str, History]
    listed: list[dict[str, Any]]
    excluded: list[dict[str, Any]]
    media: tuple[str, ...]

    def blocking(
        self, row: dict[str, Any], point_id: str, channel: str, debts: Iterable[str], at: datetime
    ) -> set[str]:
        question = Question(row["person_id"], tuple(debts), point_id, channel, "collection", at)
        return set(judge(self.histories[row["person_id"]], question).rule_ids) - OF_THE_LEDGER


def published(settings: Settings) -> Published:
    with warehouse.connect("admin", settings) as connection:
        listed = _rows(connection, "select * from lists.contact_priority order by seq")
        excluded = _rows(connection, "select * from lists.excluded order by account_id, rule_id")
        company = Company(
            settings.company.collector_role,
            settings.company.time_zone,
            automated_voice=getattr(settings.company.contact, "automated_voice", False),
        )
        with (PROJECT_DIR / "dbt_project" / "seeds" / "disposition_map.csv").open(encoding="utf-8") as file:
            dispositions = {row["disposition_raw"]: row["disposition"] for row in csv.DictReader(file)}
        persons = {row["person_id"] for row in [*listed, *excluded]}
        histories = recorded_histories(connection, company, dispositions, persons)
    return Published(histories, listed, excluded, settings.company.contact.media)


def _rows(connection: Any, statement: str) -> list[dict[str, Any]]:
    cursor = connection.execute(statement)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def instants_inside(row: dict[str, Any]) -> Iterator[datetime]:
    for window in row["allowed_windows_utc"]:
        yield window.lower
        yield window.lower + (window.upper - window.lower) / 2
        yield window.upper - SECOND


def instants_outside(row: dict[str, Any]) -> Iterator[datetime]:
    for window in row["allowed_windows_utc"]:
        yield window.lower - SECOND
        yield window.upper


@pytest.fixture(scope="module")
def lists(company_run: Any) -> Published:
    return published(company_run.settings)


def test_every_instant_of_a_listed_window_is_allowed(lists: Published) -> None:
    assert len(lists.listed) > 50
    for row in lists.listed:
        for at in instants_inside(row):
            found = lists.blocking(row, row["contact_point_id"], row["channel"], row["debt_ids"], at)
            assert not found, f"{found}\n{readable(lists.histories[row['person_id']])}"


def test_a_listed_window_leaves_no_allowed_instant_out(lists: Published) -> None:
    for row in lists.listed:
        for at in instants_outside(row):
            found = lists.blocking(row, row["contact_point_id"], row["channel"], row["debt_ids"], at)
            assert found, f"{at} is allowed\n{readable(lists.histories[row['person_id']])}"


def test_the_list_says_how_many_attempts_remain(lists: Published) -> None:
    for row in lists.listed:
        question = Question(
            row["person_id"], tuple(row["debt_ids"]), row["contact_point_id"], row["channel"], "collection",
            row["allowed_windows_utc"][0].lower,
        )  # fmt: skip
        assert judge(lists.histories[row["person_id"]], question).attempts_remaining == row["attempts_remaining"]


def test_every_excluded_account_is_blocked_by_the_rule_that_is_named(lists: Published) -> None:
    named = [row for row in lists.excluded if row["rule_id"] in ORACLES]
    assert len({row["rule_id"] for row in named}) > 4, "too few rules exclude for this to prove anything"
    for row in named:
        assert row["rule_id"] in set(_ever_blocking(lists, row)), (
            f"{row}\n{readable(lists.histories[row['person_id']])}"
        )


def _ever_blocking(lists: Published, row: dict[str, Any]) -> Iterator[str]:
    """Rules that block the account at some hour of the list date, at one of the person's points."""
    history = lists.histories[row["person_id"]]
    debts = [debt.debt_id for debt in history.debts if debt.account_id == row["account_id"]] or [row["account_id"]]
    midnight = datetime.combine(row["list_date"], time(0), ZoneInfo(history.company.zone))
    points = [p for p in history.points if p.person_id == row["person_id"] and p.medium in lists.media]
    for hour in range(24):
        for point in points:
            yield from lists.blocking(row, point.point_id, point.medium, debts, midnight + timedelta(hours=hour))
        if not points:
            yield from lists.blocking(row, "none", lists.media[0], debts, midnight + timedelta(hours=hour))
