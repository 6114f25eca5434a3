"""One small company behind each kind of source: SQL tables, CSV files, Parquet files."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from psycopg import sql

from recoup import warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.entities import ENTITIES, Column, Entity, entity
from recoup.landing.stages import pull_billing_ledger, pull_contact_center
from recoup.settings import Settings

ZONE = "America/New_York"
FIRST_DAY = Day.closing(date(2026, 3, 30), ZONE)
SECOND_DAY = Day.closing(date(2026, 3, 31), ZONE)
MORNING = datetime.fromisoformat("2026-03-30T12:00:00+00:00")

SOME_ENTITIES = ("persons", "accounts", "payments", "applications", "contact_points", "status_events", "promises")

Row = dict[str, str | None]


def sample(column: Column) -> str:
    """A value of the column that lands."""
    special = {
        "currency": "USD",
        "from_currency": "EUR",
        "to_currency": "USD",
        "address": "+12125550123",
        "score": "0.5",
    }
    if column.name in special:
        return special[column.name]
    if column.choices:
        return column.choices[0]
    return {
        "text": f"{column.name} 1",
        "date": "2026-01-05",
        "timestamptz": "2026-01-05 10:30:00+00",
        "bigint": "1234",
        "integer": "1970" if column.minimum == 1900 else "3",
        "numeric": "1.25",
        "boolean": "true",
        "text[]": '{a,"b c"}',
    }[column.type]


def sample_row(name: str, **values: str | None) -> Row:
    """A row of an entity that lands, all columns filled; `values` goes before."""
    return {column.name: sample(column) for column in entity(name).columns} | values


@dataclass
class SourceCompany(ABC):
    """A company with a source that a test fills; values are text, as bad as a test wants them."""

    settings: Settings
    names: tuple[str, ...]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    dropped: set[tuple[str, str]] = field(default_factory=set)

    def reset(self) -> None:
        """Empty the source and the warehouse; every entity is there again, without rows."""
        self.rows.clear()
        self.dropped.clear()
        with warehouse.connect("loader", self.settings) as connection:
            held = connection.execute(
                """
                select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
                where schemaname in ('raw_ledger', 'raw_contact', 'vault')
                """
            ).fetchone()
            assert held is not None
            connection.execute(f"truncate {held[0]} restart identity")
        for name in self.names:
            self._write(name)

    def put(self, name: str, *rows: Row, recorded_at: datetime = MORNING) -> None:
        """Let the source record rows of an entity at an instant."""
        self.rows.setdefault(name, []).extend(row | {"recorded_at": recorded_at.isoformat(" ")} for row in rows)
        self._write(name)

    def drop_column(self, name: str, column: str) -> None:
        """Take a column out of the source."""
        self.dropped.add((name, column))
        self._write(name)

    def pull(self, day: Day = FIRST_DAY) -> dict[str, int]:
        """Pull both feeds; the sums of their counts."""
        feeds = pull_billing_ledger(day, self.settings), pull_contact_center(day, self.settings)
        return {name: sum(counts.get(name, 0) for counts in feeds) for name in ("read", "loaded", "held", "rejected")}

    def query(self, query: str, role: warehouse.Role = "loader") -> list[tuple[Any, ...]]:
        """Rows of the warehouse."""
        with warehouse.connect(role, self.settings) as connection:
            return connection.execute(query).fetchall()

    def columns(self, name: str) -> list[str]:
        """Columns of the source's table or file."""
        names = [column.name for column in entity(name).columns] + ["recorded_at"]
        return [column for column in names if (name, column) not in self.dropped]

    @abstractmethod
    def _write(self, name: str) -> None:
        """Bring the source to what `rows` says."""


class SqlCompany(SourceCompany):
    def _write(self, name: str) -> None:
        database = "billing_ledger" if "ledger" in entity(name).feeds else "contact_center"
        with warehouse.connect("company", self.settings, self.settings.source_database(database)) as connection:
            table, columns = sql.Identifier(name), self.columns(name)
            connection.execute(sql.SQL("drop table if exists {}").format(table))
            definitions = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL("timestamptz" if c == "recorded_at" else "text"))
                for c in columns
            )
            connection.execute(sql.SQL("create table {} ({})").format(table, definitions))
            connection.execute(sql.SQL("grant select on {} to recoup_source_reader").format(table))
            with connection.cursor().copy(sql.SQL("copy {} from stdin").format(table)) as copy:
                for row in self.rows.get(name, []):
                    copy.write_row([row[c] for c in columns])


class CsvCompany(SourceCompany):
    def _write(self, name: str) -> None:
        with (self.settings.company_file.parent / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, self.columns(name), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows.get(name, []))


class ParquetCompany(SourceCompany):
    def _write(self, name: str) -> None:
        rows = self.rows.get(name, [])
        columns = {c: pa.array([row[c] for row in rows], pa.string()) for c in self.columns(name)}
        parquet.write_table(pa.table(columns), self.settings.company_file.parent / f"{name}.parquet")


def file_company(ending: str, names: Iterable[str]) -> Company:
    """A company whose files have the canonical columns, one file an entity."""

    def mapping(e: Entity) -> dict[str, Any]:
        columns: dict[str, Any] = {column.name: {"from": column.name} for column in e.columns}
        return {"file": f"{e.name}.{ending}", "columns": columns | {"source_recorded_at": {"from": "recorded_at"}}}

    chosen = [entity(name) for name in names]
    sources = {
        "billing_ledger": {e.name: mapping(e) for e in chosen if "ledger" in e.feeds},
        "contact_center": {e.name: mapping(e) for e in chosen if "ledger" not in e.feeds},
    }
    return Company.model_validate({
        "company": "files", "time_zone": ZONE, "reporting_currency": "USD",
        "sources": {name: {"kind": "files", "entities": found} for name, found in sources.items() if found},
    })  # fmt: skip


def _companies(
    kind: str, names: tuple[str, ...], directory: Path, new_warehouse: Callable[..., AbstractContextManager[Settings]]
) -> Iterator[SourceCompany]:
    if kind == "sql":
        with new_warehouse() as settings:
            yield SqlCompany(settings, names)
    else:
        company = file_company(kind, names)
        with new_warehouse(company=company, company_file=directory / "company.yml") as settings:
            yield (CsvCompany if kind == "csv" else ParquetCompany)(settings, names)


@pytest.fixture(scope="module", params=["sql", "csv", "parquet"])
def _module_company(
    request: pytest.FixtureRequest,
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SourceCompany]:
    yield from _companies(request.param, SOME_ENTITIES, tmp_path_factory.mktemp("source"), new_warehouse)


@pytest.fixture
def company(_module_company: SourceCompany) -> SourceCompany:
    """A company with some entities, behind each kind of source, and no rows anywhere."""
    _module_company.reset()
    return _module_company


@pytest.fixture(scope="module", params=["sql", "csv", "parquet"])
def whole_company(
    request: pytest.FixtureRequest,
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SourceCompany]:
    """A company with every entity, behind each kind of source, and a row of each."""
    every = tuple(e.name for e in ENTITIES)
    for made in _companies(request.param, every, tmp_path_factory.mktemp("source"), new_warehouse):
        for name in every:
            made.put(name, sample_row(name))
        yield made
