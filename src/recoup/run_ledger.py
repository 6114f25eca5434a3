"""audit.run_ledger: which stage ran for which day, what it counted, and how it ended."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import psycopg

from recoup import warehouse
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings

_MESSAGE_LENGTH = 2_000


@dataclass
class Record:
    """What a running stage tells of itself.

    Attributes:
        rows: Counts by name, whatever the stage counts.
    """

    run_id: int
    rows: dict[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def recorded(stage: str, day: Day, settings: Settings) -> Iterator[Record]:
    """Record one run of `stage`: running, then succeeded or failed with its message.

    An earlier run of the same stage and day that still says running is marked abandoned: its process died, or it will
    correct the mark itself when it ends.

    Raises:
        RecoupError: The ledger cannot be written at the start. Whatever the block raises passes through.
    """
    with warehouse.connect("auditor", settings) as connection:
        connection.execute(
            "update audit.run_ledger set status = 'abandoned'"
            " where stage = %s and as_of_date = %s and status = 'running'",
            [stage, day.as_of_date],
        )
        row = connection.execute(
            "insert into audit.run_ledger (stage, as_of_date, recorded_at, status) values (%s, %s, %s, 'running')"
            " returning run_id",
            [stage, day.as_of_date, day.recorded_at],
        ).fetchone()
    assert row is not None
    record = Record(row[0])
    try:
        yield record
    except BaseException as error:
        # The block's own error is the news; a ledger that cannot be reached must not hide it.
        with contextlib.suppress(RecoupError, psycopg.Error):
            _finish(record, "failed", _told(error), settings)
        raise
    _finish(record, "succeeded", None, settings)


def has_succeeded(stage: str, as_of_date: date, settings: Settings) -> bool:
    """True if the newest run of `stage` for `as_of_date` succeeded; False while a newer one runs."""
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(
            "select status from audit.run_ledger where stage = %s and as_of_date = %s order by run_id desc limit 1",
            [stage, as_of_date],
        ).fetchone()
    return row == ("succeeded",)


def _told(error: BaseException) -> str:
    """What the ledger may keep of an error: not the DETAIL of a database's, which may quote a row of the vault."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return primary or str(error) or type(error).__name__


def _finish(record: Record, status: str, message: str | None, settings: Settings) -> None:
    with warehouse.connect("auditor", settings) as connection:
        connection.execute(
            "update audit.run_ledger set status = %s, message = %s, rows = %s::jsonb, finished_at = clock_timestamp()"
            " where run_id = %s",
            [status, message and message[:_MESSAGE_LENGTH], json.dumps(record.rows), record.run_id],
        )
