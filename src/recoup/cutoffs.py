"""The knowledge cut-off of a day: what we count as known when its lists are made.

The first publication of a list date freezes the cut-off (`audit.frozen_cutoffs`), so that a rerun a week later, with a
week's late rows landed, makes the very same list.
"""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.entities import FEEDS
from recoup.settings import Settings


def knowledge_cutoff(day: Day, settings: Settings) -> datetime:
    """Return the instant K (aware, UTC) up to which `day` knows, inclusive.

    The frozen one where the list date was published and `day` is no restatement; else the newest batch of any feed for
    `day` or earlier; else `day.recorded_at`.
    """
    frozen = "select knowledge_cutoff from audit.frozen_cutoffs where list_date = %s order by list_version desc limit 1"
    newest = sql.SQL("select max(recorded_at) from ({}) as batches where as_of_date <= %s").format(
        sql.SQL(" union all ").join(
            sql.SQL("select recorded_at, as_of_date from {}").format(sql.Identifier(f"raw_{feed}", "batches"))
            for feed in FEEDS
        )
    )
    with warehouse.connect("auditor", settings) as connection:
        row = None if day.is_restatement else connection.execute(frozen, [day.list_date]).fetchone()
        if row is None:
            row = connection.execute(newest, [day.as_of_date]).fetchone()
    cutoff: datetime | None = row[0] if row else None
    return cutoff or day.recorded_at
