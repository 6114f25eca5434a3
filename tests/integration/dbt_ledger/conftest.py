"""Raw ledger rows for the tests of this directory, written as landing would, and a ledger made up of them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from psycopg import sql

from recoup import transform, warehouse
from recoup.day import Day
from recoup.entities import ENTITIES, entity
from recoup.settings import Settings

Row = dict[str, Any]


def _load(name: str) -> ModuleType:
    """Load a module that lies beside this file; the tests' folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


made_up = _load("made_up_ledger")
RECEIVABLES_KPIS = ("kpi_receivables_daily", "kpi_receivables_monthly")


@dataclass
class RawLedger:
    """Lands batches of the billing ledger and builds what follows from them."""

    settings: Settings
    batches: list[Day] = field(default_factory=list)
    known_then: dict[date, list[tuple[Any, ...]]] = field(default_factory=dict)
    """Aging of each day as the function answered it when that day was the newest."""

    def land(self, day: Day, rows: dict[str, list[Row]]) -> None:
        """Append one batch. Each row has the entity's own columns and may have `source_recorded_at`."""
        is_first = not self.batches
        with warehouse.connect("loader", self.settings) as connection:
            for feed in ("ledger", "contact"):
                batch_id = connection.execute(
                    sql.SQL(
                        "insert into {} (feed, as_of_date, recorded_at, is_first, finished_at)"
                        " values (%s, %s, %s, %s, %s) returning batch_id"
                    ).format(sql.Identifier(f"raw_{feed}", "batches")),
                    [feed, day.as_of_date, day.recorded_at, is_first, day.recorded_at],
                ).fetchone()[0]  # type: ignore[index]
                if feed == "contact":
                    continue
                for name, entries in rows.items():
                    for entry in entries:
                        self._insert(connection, name, batch_id, day, is_first, entry)
        self.batches.append(day)

    def _insert(self, connection: Any, name: str, batch_id: int, day: Day, is_first: bool, entry: Row) -> None:
        described = entity(name)
        source_recorded_at = entry.get("source_recorded_at") or _instant(entry.get(described.effective or "", None))
        row = {
            **{column: value for column, value in entry.items() if column != "source_recorded_at"},
            "_key": "|".join("" if entry.get(column) is None else str(entry[column]) for column in described.key),
            "_batch_id": batch_id,
            "source_recorded_at": source_recorded_at,
            "_recorded_at": day.recorded_at,
            "_known_at": source_recorded_at if is_first else day.recorded_at,
            "_row_hash": "",
        }
        connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier("raw_ledger", name),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )

    def build(self, day: Day, *, full_refresh: bool = False) -> None:
        """Build staging and the ledger's marts as the day's stages do."""
        transform.build("ledger_staging", day, self.settings, full_refresh=full_refresh)
        transform.build("ledger", day, self.settings, full_refresh=full_refresh)

    def remember(self, day: Day) -> None:
        """Keep what the aging function says of the day while no later batch exists."""
        self.known_then[day.as_of_date] = self.query("select * from marts.ar_aging_as_of(%s)", day.as_of_date)

    def contents(self, day: Day) -> dict[str, Counter[str]]:
        """Rows of every table and view of the ledger's models, batch stamps apart; of dated ones, those of the day."""
        with transform._environment(self.settings):
            manifest = transform._manifest(self.settings)
        found = {}
        for node in manifest.nodes.values():
            name = f"{node.schema}.{node.alias}"
            if str(node.resource_type) == "model" and self.query("select to_regclass(%s)", name) != [(None,)]:
                rows = self.query(f"select to_jsonb(m) - '_batch_id' from {name} as m")
                found[name] = Counter(
                    json.dumps(row, sort_keys=True)
                    for (row,) in rows
                    if row.get("as_of_date", "") in ("", day.as_of_date.isoformat())
                )
        return found

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with warehouse.connect("transformer", self.settings) as connection:
            return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, 12, tzinfo=UTC)
    return datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def landed(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[RawLedger]:
    """A made-up ledger, each batch built as it came. Days may be built again; raw and maintained rows stay."""
    with new_warehouse() as settings:
        ledger = RawLedger(settings)
        for day, batch in made_up.made_up_batches(seed=11):
            ledger.land(day, batch)
            ledger.build(day)
            ledger.remember(day)
        yield ledger


@pytest.fixture(scope="session")
def plain_reading() -> Callable[[RawLedger, date, datetime], Any]:
    """The reference: `plain_reading(ledger, day, cutoff)`."""
    return made_up.Reference


@pytest.fixture(scope="session")
def batches_of() -> Callable[[int], list[tuple[Day, dict[str, list[Row]]]]]:
    """Batches of a made-up ledger from a seed."""
    return made_up.made_up_batches


@pytest.fixture(scope="session", autouse=True)
def _ledger_alone() -> Iterator[None]:
    """Add the part of the marts that the ledger alone feeds, so that these tests need no contact center."""
    assert ENTITIES
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(transform.SELECTIONS, "ledger_staging", ("path:models/staging/ledger",))
        patch.setitem(
            transform.SELECTIONS,
            "ledger",
            ("path:models/intermediate/ledger", "path:models/marts/aging", *RECEIVABLES_KPIS),
        )
        yield


@pytest.fixture(scope="module")
def ledger(module_warehouse: Settings) -> RawLedger:
    """An empty ledger for one module."""
    return RawLedger(module_warehouse)


@pytest.fixture
def new_ledger(settings_factory: Callable[..., Settings]) -> Callable[[], RawLedger]:
    """Make an empty ledger of one's own."""
    return lambda: RawLedger(settings_factory())
