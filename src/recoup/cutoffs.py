"""The knowledge cut-off of a day: what we count as known when its figures and lists are made.

The day's first derivation opens it (`audit.opened_cutoffs`) and every later stage takes what was opened: a pull that
lands between two of them changes neither. The first publication of a list date freezes it (`audit.frozen_cutoffs`),
so that a rerun a week later, with a week's late rows landed, makes the very same list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.entities import FEEDS
from recoup.settings import Settings

_FROZEN = "select knowledge_cutoff from audit.frozen_cutoffs where list_date = %s order by list_version desc limit 1"
_OPENED = "select knowledge_cutoff from audit.opened_cutoffs where as_of_date = %s"
_OPEN = """
insert into audit.opened_cutoffs (as_of_date, knowledge_cutoff) values (%s, %s)
on conflict (as_of_date) do update
    set knowledge_cutoff = excluded.knowledge_cutoff, opened_at = clock_timestamp()
"""
_NEWEST_BATCH = sql.SQL("select max(recorded_at) from ({}) as batches where as_of_date <= %s").format(
    sql.SQL(" union all ").join(
        sql.SQL("select recorded_at, as_of_date from {}").format(sql.Identifier(f"raw_{feed}", "batches"))
        for feed in FEEDS
    )
)

_Connection = psycopg.Connection[tuple[Any, ...]]


def open_cutoff(day: Day, settings: Settings) -> datetime:
    """Decide the instant K (aware, UTC) up to which `day` knows, inclusive, and keep it for the day's later stages.

    The frozen one where the list date was published and `day` is no restatement; else the newest batch of any feed for
    `day` or earlier; else `day.recorded_at`.
    """
    with warehouse.connect("auditor", settings) as connection:
        cutoff = _frozen(day, connection) or _newest(day, connection)
        connection.execute(_OPEN, [day.as_of_date, cutoff])
    return cutoff


def knowledge_cutoff(day: Day, settings: Settings) -> datetime:
    """Return the instant K (aware, UTC) up to which `day` knows, inclusive.

    The frozen one where the list date was published and `day` is no restatement; else the opened one; else what
    `open_cutoff` would decide. A replay brings its own.
    """
    if settings.aside:
        return settings.aside.known_at
    with warehouse.connect("auditor", settings) as connection:
        return _frozen(day, connection) or _instant(connection, _OPENED, day.as_of_date) or _newest(day, connection)


def _frozen(day: Day, connection: _Connection) -> datetime | None:
    return None if day.is_restatement else _instant(connection, _FROZEN, day.list_date)


def _newest(day: Day, connection: _Connection) -> datetime:
    return _instant(connection, _NEWEST_BATCH, day.as_of_date) or day.recorded_at


def _instant(connection: _Connection, query: Any, value: object) -> datetime | None:
    row = connection.execute(query, [value]).fetchone()
    return row[0] if row else None
