"""Figures as of a day, as known at an instant: the two questions that every figure can be asked.

An answer is built aside, in a schema of its own that lives as long as the answer is read, so that neither the real
marts nor another asker see anything of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql

from recoup import built_aside, scratch, warehouse
from recoup.day import Day
from recoup.entities import FEEDS
from recoup.errors import RecoupError
from recoup.settings import Settings

PREFIX = "asked_"
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
    answer = Answer(scratch.name(PREFIX, as_of_date), as_of_date, known_at or newest_known_at)
    scratch.create(answer.schema, settings, readers=("bi_reader",))
    is_done = False
    try:
        _build(answer, settings)
        yield answer
        is_done = True
    finally:
        if not (is_done and is_kept):
            scratch.drop(answer.schema, settings)


def forget(settings: Settings) -> list[str]:
    """Drop every answer that was kept, and any that a killed process left; returns their schemas."""
    schemas = scratch.existing(PREFIX, settings)
    for schema in schemas:
        scratch.drop(schema, settings)
    return schemas


def _build(answer: Answer, settings: Settings) -> None:
    day = Day.closing(answer.as_of_date, settings.company.time_zone)
    scratch.build_undisturbed(
        lambda: built_aside.build_aside(answer.schema, day, answer.known_at, settings), settings, str(answer.as_of_date)
    )


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
