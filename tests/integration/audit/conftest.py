"""One good day of a small company, hand-made: what was pulled, the aging, the policy and the proposed lists.

`good_day` is a warehouse that holds it; a test may spoil it as it likes, for it is put right again afterwards.
Constraints are taken off: the audit has to see what the tables themselves would refuse, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from recoup import warehouse as recoup_warehouse
from recoup.day import Day
from recoup.entities import FEEDS, entities_of
from recoup.settings import Settings

AS_OF_DATE = date(2026, 3, 31)
AUDITED_SCHEMAS = ("raw_ledger", "raw_contact", "marts", "policy", "scores")
HERE = Path(__file__).parent

GOOD_ROWS = {"policy": "transformer", "ledger": "loader", "contact": "loader", "lists": "scorer"}
"""good_<name>.sql and the role that writes such rows."""

LEARNED = {
    "_key": "", "_batch_id": 2, "source_recorded_at": "2026-03-31 20:00+00", "_recorded_at": "2026-04-01 09:00+00",
    "_known_at": "2026-04-01 09:00+00", "_row_hash": "h",
}  # fmt: skip
"""What a raw row is learned with unless it says otherwise: the day's own batch."""


@dataclass(frozen=True)
class GoodDay:
    """A warehouse with one good day in it.

    Attributes:
        day: The day that was pulled, aged and proposed for.
    """

    settings: Settings
    day: Day

    def spoil(self, *statements: str) -> None:
        """Change the data behind everybody's back."""
        with recoup_warehouse.connect("admin", self.settings, self.settings.database) as admin:
            for statement in statements:
                cursor = admin.execute(statement)
                assert cursor.rowcount != 0, f"changes nothing: {statement}"

    def query(self, text: str) -> list[tuple[object, ...]]:
        """Rows, as the auditor sees them."""
        with recoup_warehouse.connect("auditor", self.settings) as auditor:
            return auditor.execute(text).fetchall()

    def audit(self, layer: str, touched: Iterable[str]) -> dict[str, int]:
        """Audit the suites of a layer whose rows, or whose rules, read one of the `touched` tables.

        The others would find what they find on the good day; leaving them out makes the tests four times as quick.
        """
        from recoup_audit.checkpoints import proposed_lists, raw_feeds, runner

        whole = (
            proposed_lists.layer(self.day, self.settings)
            if layer == "proposed_lists"
            else raw_feeds.layer("ledger" if layer == "raw_ledger" else "contact", self.day, self.settings)
        )
        tables = tuple(touched)
        checks = tuple(
            check
            for check in whole.checks
            if any(
                table in text.replace('"', "")
                for table in tables
                for text in (check.rows, *(str(expectation.dict()) for expectation in check.suite.expectations))
            )
        )
        assert checks, f"nothing audits {tables}"
        return runner.run(replace(whole, checks=checks), self.day, self.settings)

    def failures(self, layer: str) -> set[tuple[str, str, str]]:
        """(expectation, column, severity) of what the last audit of a layer found broken."""
        found = self.query(
            "select expectation, column_name, severity from audit.validation_results"
            f" where not success and layer = '{layer}'"
        )
        return {(str(expectation), str(column), str(severity)) for expectation, column, severity in found}


@pytest.fixture(scope="session")
def _audited_warehouse(new_warehouse: Callable[..., object]) -> Iterator[Settings]:
    with new_warehouse() as settings:  # type: ignore[attr-defined]
        with recoup_warehouse.connect("admin", settings, settings.database) as admin:
            _lift_constraints(admin)
            for name, role in GOOD_ROWS.items():
                admin.execute(sql.SQL("set local role {}").format(sql.Identifier(f"recoup_{role}")))
                admin.execute((HERE / f"good_{name}.sql").read_text(encoding="utf-8"))  # type: ignore[arg-type]
                admin.execute("reset role")
            _finish_raw(admin)
            for table in _tables(admin):
                admin.execute(
                    sql.SQL("create table public.{} as table {}").format(
                        sql.Identifier(".".join(table)), sql.Identifier(*table)
                    )
                )
        yield settings


@pytest.fixture
def good_day(_audited_warehouse: Settings) -> Iterator[GoodDay]:
    """A good day, put right again afterwards."""
    settings = _audited_warehouse
    try:
        yield GoodDay(settings, Day.closing(AS_OF_DATE, settings.company.time_zone))
    finally:
        with recoup_warehouse.connect("admin", settings, settings.database) as admin:
            for table in _tables(admin):
                copy, name = sql.Identifier(".".join(table)), sql.Identifier(*table)
                admin.execute(sql.SQL("delete from {}").format(name))
                admin.execute(
                    sql.SQL("insert into {} overriding system value select * from public.{}").format(name, copy)
                )


def _finish_raw(admin: psycopg.Connection) -> None:
    """Spell the keys and count the manifest as landing would."""
    for feed in FEEDS:
        for entity in entities_of(feed):
            key = sql.SQL(" || '|' || ").join(
                sql.SQL("coalesce({}::text, '')").format(sql.Identifier(column)) for column in entity.key
            )
            table = sql.Identifier(f"raw_{feed}", entity.name)
            admin.execute(sql.SQL("update {} set _key = {}").format(table, key))
            admin.execute(
                sql.SQL(
                    "insert into {manifest} (batch_id, entity, read_rows, loaded_rows, held_rows, rejected_rows)"
                    " select b.batch_id, {entity}, count(r._key), count(r._key), 0, 0 from {batches} as b"
                    " left join {table} as r on r._batch_id = b.batch_id group by b.batch_id"
                ).format(
                    manifest=sql.Identifier(f"raw_{feed}", "manifest"),
                    batches=sql.Identifier(f"raw_{feed}", "batches"),
                    entity=sql.Literal(entity.name),
                    table=table,
                )
            )


def _lift_constraints(admin: psycopg.Connection) -> None:
    for schema in AUDITED_SCHEMAS:
        for table, name in admin.execute(
            "select c.conrelid::regclass::text, quote_ident(c.conname) from pg_constraint as c"
            " where c.connamespace = %s::regnamespace and c.contype in ('f', 'c', 'p', 'u', 'n')"
            " order by array_position(array['f', 'c', 'p', 'u', 'n'], c.contype::text)",
            [schema],
        ).fetchall():
            identity = admin.execute(
                "select exists (select 1 from pg_attribute where attrelid = %s::regclass and attidentity <> '')",
                [table],
            ).fetchone()
            if not identity or not identity[0]:
                admin.execute(f"alter table {table} drop constraint if exists {name} cascade")
        for (index,) in admin.execute(
            "select i.indexrelid::regclass::text from pg_index as i join pg_class as c on c.oid = i.indexrelid"
            " where c.relnamespace = %s::regnamespace and i.indisunique and not i.indisprimary",
            [schema],
        ).fetchall():
            admin.execute(f"drop index if exists {index} cascade" if _is_free(admin, index) else "select 1")

    for feed in FEEDS:
        for entity in entities_of(feed):
            for column, value in LEARNED.items():
                admin.execute(
                    sql.SQL("alter table {} alter column {} set default {}").format(
                        sql.Identifier(f"raw_{feed}", entity.name), sql.Identifier(column), sql.Literal(value)
                    )
                )


def _is_free(admin: psycopg.Connection, index: str) -> bool:
    row = admin.execute("select count(*) from pg_constraint where conindid = %s::regclass", [index]).fetchone()
    return row == (0,)


def _tables(admin: psycopg.Connection) -> list[tuple[str, str]]:
    found = admin.execute(
        "select schemaname, tablename from pg_tables where schemaname = any(%s) order by schemaname, tablename",
        [list(AUDITED_SCHEMAS)],
    )
    return [(str(schema), str(table)) for schema, table in found.fetchall()]
