"""A feed whose source is in the test's hands: rows in memory, and interruptions at will."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from recoup import warehouse
from recoup.day import Day
from recoup.entities import Entity
from recoup.landing import stages
from recoup.settings import Settings
from recoup.sources.adapter import RECORDED_AT, EntityStream, SourceAdapter

Row = dict[str, str | None]


def day(number: int) -> Day:
    """The run of a day of March 2026; recorded at 09:00 UTC of the next."""
    return Day.closing(date(2026, 3, number), "America/New_York")


@dataclass
class MemorySource(SourceAdapter):
    """Delivers `rows` by entity; a row without RECORDED_AT in any means that the source keeps none."""

    rows: dict[str, list[Row]]
    before_entity: Callable[[str], None] = field(default=lambda name: None)
    name: str = "billing_ledger"

    def check(self) -> None:
        """Always ready."""

    def entities(self) -> tuple[str, ...]:
        return tuple(self.rows)

    def keeps_recorded_at(self, entity: Entity) -> bool:
        return any(RECORDED_AT in row for row in self.rows[entity.name])

    @contextmanager
    def open(self, entity: Entity, since: datetime | None, until: datetime) -> Iterator[EntityStream]:
        rows = self.rows[entity.name]
        columns = tuple(dict.fromkeys(name for row in rows for name in row)) or (entity.key[0],)

        def chunks() -> Iterator[bytes]:
            for position, row in enumerate(rows):
                if position == len(rows) // 2:
                    self.before_entity(entity.name)
                texts = ("\\N" if row.get(name) is None else str(row[name]).replace("\\", "\\\\") for name in columns)
                yield ("\t".join(texts) + "\n").encode()

        yield EntityStream(columns, chunks(), "text")

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Feed:
    """A billing ledger and the warehouse it lands in."""

    settings: Settings
    monkeypatch: pytest.MonkeyPatch
    source: MemorySource = field(default_factory=lambda: MemorySource({}))

    def pull(self, when: Day, **rows: list[Row]) -> dict[str, int]:
        """Pull a day on which the source holds `rows`; the source's last rows where none are given."""
        if rows:
            self.source.rows = rows
        self.monkeypatch.setattr(stages, "open_source", lambda name, settings: self.source)
        return stages.pull_billing_ledger(when, self.settings)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the warehouse, as the loader."""
        with warehouse.connect("loader", self.settings) as connection:
            return connection.execute(query).fetchall()

    def state(self) -> dict[str, list[Any]]:
        """All that landed, batch numbers and clocks included."""
        tables = self.query(
            """
            select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname in ('raw_ledger', 'vault') and tablename <> 'batches' order by 1
            """
        )
        return {table: sorted(text for (text,) in self.query(f"select t::text from {table} t")) for (table,) in tables}

    def reset(self) -> None:
        """Empty the warehouse and the source."""
        self.source = MemorySource({})
        tables = ", ".join(f"raw_ledger.{name}" for (name,) in self.query(
            "select tablename from pg_tables where schemaname = 'raw_ledger'"
        ))  # fmt: skip
        with warehouse.connect("loader", self.settings) as connection:
            connection.execute(f"truncate {tables}, vault.persons, vault.contact_points restart identity")


@pytest.fixture
def feed(module_warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """An empty warehouse and a source in the test's hands."""
    made = Feed(module_warehouse, monkeypatch)
    made.reset()
    return made


def payment(number: int | str, **values: str | None) -> Row:
    """A payment that lands."""
    return {
        "payment_id": f"P{number}", "account_id": "A1", "currency": "USD", "amount_cents": "100", "method": "card",
        "status": "settled", "attempted_at": "2026-03-01 12:00:00+00", RECORDED_AT: "2026-03-01 12:00:00+00",
    } | values  # fmt: skip


def person(number: int | str, **values: str | None) -> Row:
    """A person that lands."""
    return {
        "person_id": f"N{number}", "kind": "natural", "full_name": f"Name {number}",
        RECORDED_AT: "2026-03-01 12:00:00+00",
    } | values  # fmt: skip
