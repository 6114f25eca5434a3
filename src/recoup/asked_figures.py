"""Figures as of a day, as known at an instant: the two questions that every figure can be asked.

An answer is built aside, in a schema of its own that lives as long as the answer is read, so that neither the real
marts nor another asker see anything of it.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql

from recoup import transform, warehouse
from recoup.day import Day
from recoup.entities import FEEDS
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse.roles import role_name

PREFIX = "asked_"
_ROUNDS = 3
_PATIENCE_SECONDS = 900
_MARK = """
select
    coalesce(max(run_id), 0),
    coalesce(max(as_of_date::text) filter (where status = 'running'), '')
from audit.run_ledger
where stage in ('build_staging', 'build_marts')
"""
_BUILT = """
select max(as_of_date) from audit.run_ledger where stage = 'build_marts' and status = 'succeeded'
"""


@dataclass(frozen=True)
class Answer:
    """Where the figures of one question stand.

    Attributes:
        schema: Holds every mart by its own name, for `as_of_date` alone.
        known_at: Knowledge cut-off, inclusive.
    """

    schema: str
    as_of_date: date
    known_at: datetime


@contextlib.contextmanager
def ask(as_of_date: date, known_at: datetime | None, settings: Settings, *, is_kept: bool = False) -> Iterator[Answer]:
    """Build every mart of a day with the knowledge of an instant, for the length of a `with` block.

    Args:
        known_at: Aware; None = the newest that the ledger is built up to.
        is_kept: Leave the schema when the block ends, for a reader; `forget` drops it.

    Raises:
        RecoupError: The day or the instant lies beyond what was pulled and built, a run is building all the while, or
            an equation does not hold.
    """
    newest_day, newest_known_at = _newest(settings)
    if as_of_date > newest_day:
        raise RecoupError(
            f"Nothing after {newest_day} has been pulled yet: ask for that day or an earlier one, or run the day first."
        )
    if known_at is not None and known_at > newest_known_at and _has_batch_after(newest_known_at, known_at, settings):
        raise RecoupError(
            f"What was learned after {newest_known_at.isoformat()} is not in the ledger yet: run `recoup run --to "
            "build_marts` first, or ask with an earlier --known-at."
        )
    answer = Answer(f"{PREFIX}{as_of_date:%Y%m%d}_{secrets.token_hex(4)}", as_of_date, known_at or newest_known_at)
    _create(answer.schema, settings)
    is_done = False
    try:
        _build(answer, settings)
        yield answer
        is_done = True
    finally:
        if not (is_done and is_kept):
            _drop(answer.schema, settings)


def forget(settings: Settings) -> list[str]:
    """Drop every answer that was kept, and any that a killed process left; returns their schemas."""
    with warehouse.connect("transformer", settings) as connection:
        rows = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, %s) and nspowner = current_role::regrole"
            " order by nspname",
            [PREFIX],
        ).fetchall()
    schemas = [name for (name,) in rows]
    for schema in schemas:
        _drop(schema, settings)
    return schemas


def _build(answer: Answer, settings: Settings) -> None:
    """Build, and again where a run changed the ledger underneath: half of two states is no answer."""
    day = Day.closing(answer.as_of_date, settings.company.time_zone)
    for _ in range(_ROUNDS):
        before = _quiet_mark(settings)
        error: RecoupError | None = None
        try:
            transform.build_aside(answer.schema, day, answer.known_at, settings)
        except RecoupError as raised:
            error = raised
        if _mark(settings) == (before, ""):
            if error:
                raise error
            return
    raise RecoupError(f"A run kept building the ledger while {answer.as_of_date} was asked for: ask again later.")


def _quiet_mark(settings: Settings) -> int:
    """Number of the newest build, once none is under way."""
    waited = 0.0
    while True:
        newest, running = _mark(settings)
        if not running:
            return newest
        if waited >= _PATIENCE_SECONDS:
            raise RecoupError(
                f"The build of {running} has been under way for {waited / 60:.0f} minutes: see `recoup status`; if its "
                "process died, run that day again."
            )
        time.sleep(1.0)
        waited += 1.0


def _mark(settings: Settings) -> tuple[int, str]:
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(_MARK).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def _newest(settings: Settings) -> tuple[date, datetime]:
    """Newest day that was pulled, and the newest knowledge that the ledger is built up to."""
    batches = _batches("max(as_of_date), max(recorded_at)")
    with warehouse.connect("auditor", settings) as connection:
        pulled = connection.execute(batches).fetchone()
        built = connection.execute(_BUILT).fetchone()
        if pulled is None or pulled[0] is None:
            raise RecoupError("Nothing has been pulled yet: run the day first (`recoup run`).")
        newest = connection.execute(
            sql.SQL("{} where as_of_date <= %s").format(batches), [built[0] if built and built[0] else pulled[0]]
        ).fetchone()
    return pulled[0], (newest[1] if newest and newest[1] else pulled[1])


def _has_batch_after(after: datetime, until: datetime, settings: Settings) -> bool:
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(
            sql.SQL("{} where recorded_at > %s and recorded_at <= %s").format(_batches("count(*)")), [after, until]
        ).fetchone()
    return row is not None and row[0] > 0


def _batches(columns: str) -> sql.Composed:
    union = sql.SQL(" union all ").join(
        sql.SQL("select as_of_date, recorded_at from {}").format(sql.Identifier(f"raw_{feed}", "batches"))
        for feed in FEEDS
    )
    return sql.SQL("select {} from ({}) as batches").format(sql.SQL(columns), union)


def _create(schema: str, settings: Settings) -> None:
    names = {
        "schema": sql.Identifier(schema),
        "writer": sql.Identifier(role_name("transformer")),
        "reader": sql.Identifier(role_name("bi_reader")),
    }
    with warehouse.connect("admin", settings, settings.database) as admin:
        # The transformer may not make schemas: that a new one appears is the administrator's act, and this one's alone.
        for statement in (
            "create schema {schema} authorization {writer}",
            "set local role {writer}",
            "grant usage on schema {schema} to {reader}",
            "alter default privileges for role {writer} in schema {schema} grant select on tables to {reader}",
        ):
            admin.execute(sql.SQL(statement).format(**names))


def _drop(schema: str, settings: Settings) -> None:
    with warehouse.connect("transformer", settings) as connection:
        connection.execute("set local client_min_messages = warning")
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
