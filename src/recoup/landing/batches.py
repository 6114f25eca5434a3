"""A feed's bookkeeping: one pull at a time, its batch, where the next pull begins, and what became of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from recoup.day import Day
from recoup.entities import Feed
from recoup.errors import RecoupError
from recoup.landing.ddl import raw_schema

Connection = psycopg.Connection[tuple[Any, ...]]

_LOCK_CLASS = 0x7265636F  # "reco"; the second key of the advisory lock is the feed
_LOCK_WAIT = "5min"


@dataclass(frozen=True)
class Batch:
    """One pull of one feed.

    Attributes:
        recorded_at: `_recorded_at` of its rows: the day's clock, or a little later if that was taken already.
        is_first: No batch of the feed was ever completed: its rows are history, known when the source learned them.
    """

    batch_id: int
    feed: Feed
    recorded_at: datetime
    is_first: bool


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one entity: read = loaded + held + rejected.

    Attributes:
        held: Held already with the same content, or older than what is held.
        deferred: Rows that the source dates after the batch; not taken, not read, they come with their own day.
    """

    read: int
    loaded: int
    held: int
    rejected: int
    deferred: int = 0

    def as_row(self) -> tuple[int, int, int, int, int]:
        """The counts in the order of the manifest's columns."""
        return self.read, self.loaded, self.held, self.rejected, self.deferred

    def as_dict(self) -> dict[str, int]:
        """The counts by name; `deferred` only where there are any."""
        counts = {"read": self.read, "loaded": self.loaded, "held": self.held, "rejected": self.rejected}
        return counts | ({"deferred": self.deferred} if self.deferred else {})


@contextmanager
def one_pull_at_a_time(connection: Connection, feed: Feed) -> Iterator[None]:
    """Hold the feed's lock; a second pull waits and then finds nothing new.

    Raises:
        RecoupError: The other pull did not end in time.
    """
    key = sql.SQL("({}, hashtext({}))").format(_LOCK_CLASS, feed)
    connection.execute(sql.SQL("set lock_timeout = {}").format(_LOCK_WAIT))
    try:
        connection.execute(sql.SQL("select pg_advisory_lock{}").format(key))
    except psycopg.errors.LockNotAvailable:
        raise RecoupError(
            f"Another pull of the {feed} feed has been running for more than {_LOCK_WAIT}: wait for it, then run again."
        ) from None
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute(sql.SQL("select pg_advisory_unlock{}").format(key))


def is_ready_for_intraday(connection: Connection, feed: Feed, day: Day) -> bool:
    """Whether a pull during `day` may begin: the day before was pulled, and no day's pull was cut short.

    So the rows of a morning's list are always pulled by the morning's own pull, or before it.
    """
    row = connection.execute(
        sql.SQL(
            """
            select
                coalesce(bool_or(finished_at is not null and as_of_date >= {day_before}), false)
                and not coalesce(bool_or(finished_at is null and batch_id = newest), false)
            from (select *, max(batch_id) over () as newest from {batches}) as batches
            where not is_intraday and not is_absent
            """
        ).format(batches=sql.Identifier(raw_schema(feed), "batches"), day_before=day.as_of_date - timedelta(days=1))
    ).fetchone()
    return row == (True,)


def begin(connection: Connection, feed: Feed, day: Day, *, is_absent: bool = False, is_intraday: bool = False) -> Batch:
    """Begin a batch of `day`, or go on with the last one if it is of the same day and was cut short.

    Going on keeps the batch's number and clock, so that an interrupted pull ends in the state of an undisturbed one. A
    pull during the day never goes on: it has a clock of its own, and begins where each entity's cursor stands.
    """
    table = sql.Identifier(raw_schema(feed), "batches")
    with connection.transaction():
        row = connection.execute(
            sql.SQL(
                """
                select batch_id, recorded_at, is_first from {}
                where (finished_at is null or is_absent) and as_of_date = {} and is_absent = {}
                    and not is_intraday and not {} and batch_id = (select max(batch_id) from {})
                """
            ).format(table, day.as_of_date, is_absent, is_intraday, table)
        ).fetchone()
        if row is None:
            # Whoever died in the middle of the day left nothing behind that this pull does not read again.
            connection.execute(
                sql.SQL(
                    "update {} set finished_at = clock_timestamp() where is_intraday and finished_at is null"
                ).format(table)
            )
            row = connection.execute(
                sql.SQL(
                    """
                    insert into {batches} (feed, as_of_date, recorded_at, is_first, is_absent, is_intraday)
                    select
                        {feed}, {as_of_date},
                        greatest({recorded_at}::timestamptz, max(recorded_at) + interval '1 millisecond'),
                        coalesce(bool_and(finished_at is null or is_absent), true),
                        {is_absent}, {is_intraday}
                    from {batches}
                    returning batch_id, recorded_at, is_first
                    """
                ).format(
                    batches=table,
                    feed=feed,
                    as_of_date=day.as_of_date,
                    recorded_at=day.recorded_at,
                    is_absent=is_absent,
                    is_intraday=is_intraday,
                )
            ).fetchone()
    assert row is not None
    return Batch(row[0], feed, row[1], row[2])


def finish(connection: Connection, batch: Batch) -> Counts:
    """Mark the batch complete and return its sums over all entities."""
    with connection.transaction():
        connection.execute(
            sql.SQL("update {} set finished_at = clock_timestamp() where batch_id = {}").format(
                sql.Identifier(raw_schema(batch.feed), "batches"), batch.batch_id
            )
        )
        row = connection.execute(
            sql.SQL(
                """
                select
                    coalesce(sum(read_rows), 0)::bigint, coalesce(sum(loaded_rows), 0)::bigint,
                    coalesce(sum(held_rows), 0)::bigint, coalesce(sum(rejected_rows), 0)::bigint,
                    coalesce(sum(deferred_rows), 0)::bigint
                from {} where batch_id = {}
                """
            ).format(sql.Identifier(raw_schema(batch.feed), "manifest"), batch.batch_id)
        ).fetchone()
    assert row is not None
    return Counts(*row)


def landed_entities(connection: Connection, batch: Batch) -> frozenset[str]:
    """Entities that this batch holds already."""
    rows = connection.execute(
        sql.SQL("select entity from {} where batch_id = {}").format(
            sql.Identifier(raw_schema(batch.feed), "manifest"), batch.batch_id
        )
    )
    return frozenset(name for (name,) in rows)


def ever_landed_entities(connection: Connection, feed: Feed) -> frozenset[str]:
    """Entities of which the feed has ever delivered a row."""
    rows = connection.execute(
        sql.SQL("select distinct entity from {} where loaded_rows > 0").format(
            sql.Identifier(raw_schema(feed), "manifest")
        )
    )
    return frozenset(name for (name,) in rows)


def cursor_of(connection: Connection, feed: Feed, entity_name: str) -> datetime | None:
    """The newest instant at which the source recorded a row that landed; None before the first."""
    row = connection.execute(
        sql.SQL("select cursor_value from {} where entity = {}").format(
            sql.Identifier(raw_schema(feed), "cursors"), entity_name
        )
    ).fetchone()
    return None if row is None else row[0]


def beginning(cursor: datetime | None, overlap_days: int) -> datetime | None:
    """Where a pull begins: `overlap_days` before the cursor, so that late rows are seen. None = everything."""
    return None if cursor is None else cursor - timedelta(days=overlap_days)


def record(
    connection: Connection,
    batch: Batch,
    entity_name: str,
    counts: Counts,
    *,
    cursor_from: datetime | None,
    cursor_to: datetime | None,
) -> None:
    """Write the manifest row and move the cursor; a cursor never goes back. Belongs into the rows' transaction."""
    schema = raw_schema(batch.feed)
    connection.execute(
        sql.SQL("insert into {} values ({})").format(
            sql.Identifier(schema, "manifest"), sql.SQL(", ").join(sql.Placeholder() * 9)
        ),
        [batch.batch_id, entity_name, *counts.as_row(), cursor_from, cursor_to],
    )
    connection.execute(
        sql.SQL(
            """
            insert into {cursors} as held (entity, cursor_value) values ({entity}, {value})
            on conflict (entity) do update set cursor_value = greatest(held.cursor_value, excluded.cursor_value)
            """
        ).format(cursors=sql.Identifier(schema, "cursors"), entity=entity_name, value=cursor_to)
    )
