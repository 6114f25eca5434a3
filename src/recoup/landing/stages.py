"""The pull stages: everything new of one source, landed entity by entity."""

from __future__ import annotations

import logging
import time

from psycopg.errors import LockNotAvailable, QueryCanceled

from recoup.company_sources import SqlSource
from recoup.day import Day
from recoup.entities import Entity, Feed, entities_of
from recoup.errors import RecoupError
from recoup.landing import batches
from recoup.landing.land import land
from recoup.settings import Settings
from recoup.sources.adapter import SourceAdapter
from recoup.sources.registry import SourceName, open_source
from recoup.warehouse import connect

_log = logging.getLogger(__name__)

_STATEMENT_TIMEOUT = "30min"
_FEED_OF: dict[SourceName, Feed] = {"billing_ledger": "ledger", "contact_center": "contact"}


def pull_billing_ledger(day: Day, settings: Settings) -> dict[str, int]:
    """Land what the billing ledger recorded until `day.recorded_at` and we do not hold.

    Returns:
        Rows read = loaded + held + rejected; and deferred, where the source dates rows after the day.

    Raises:
        RecoupError: The source is not ready, or an entity of it is unreadable as a whole; what landed before stays.
    """
    return _pull("billing_ledger", day, settings)


def pull_contact_center(day: Day, settings: Settings) -> dict[str, int]:
    """Land what the contact center recorded until `day.recorded_at` and we do not hold; see `pull_billing_ledger`.

    A company without a contact center gets a batch that says so, and no rows.
    """
    return _pull("contact_center", day, settings)


def pull_intraday(day: Day, settings: Settings) -> dict[str, int]:
    """Land what both sources recorded until `day.recorded_at` and we do not hold, for the contact check.

    The contact center goes first: who was called, and who does not want to be. A feed whose own pull of the day before
    is not through waits, and is counted as waiting; so nothing of a morning's list comes from here alone.

    Args:
        day: Its as-of date is the day under way (see `recoup.schedule.day_under_way`), not one that is closed.

    Returns:
        `contact_loaded`, `ledger_loaded`, both `rejected`, and how many feeds are `waiting`.

    Raises:
        RecoupError: As the day's own pulls.
    """
    result = {"waiting": 0, "rejected": 0}
    for name in ("contact_center", "billing_ledger"):
        counts = _pull(name, day, settings, is_intraday=True)
        result[f"{_FEED_OF[name]}_loaded"] = counts.get("loaded", 0)
        result["rejected"] += counts.get("rejected", 0)
        result["waiting"] += counts.get("waiting", 0)
    return result


def _pull(name: SourceName, day: Day, settings: Settings, *, is_intraday: bool = False) -> dict[str, int]:
    feed = _FEED_OF[name]
    source = open_source(name, settings)
    with connect("loader", settings, autocommit=True) as connection:
        connection.execute(f"set statement_timeout = '{_STATEMENT_TIMEOUT}'")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set datestyle = 'ISO, YMD'")
        with batches.one_pull_at_a_time(connection, feed):
            if is_intraday and (source is None or not batches.is_ready_for_intraday(connection, feed, day)):
                _log.info("%s: nothing to pull during the day", name)
                return {"waiting": int(source is not None)}
            if source is None:
                batch = batches.begin(connection, feed, day, is_absent=True)
                _log.info("%s: the company has none", name)
                return batches.finish(connection, batch).as_dict()
            with source:
                source.check()
                return _pull_entities(connection, source, feed, day, settings, is_intraday=is_intraday)


def _pull_entities(
    connection: batches.Connection,
    source: SourceAdapter,
    feed: Feed,
    day: Day,
    settings: Settings,
    *,
    is_intraday: bool,
) -> dict[str, int]:
    ever_landed = batches.ever_landed_entities(connection, feed)
    delivered = _delivered(source, feed, ever_landed)
    batch = batches.begin(connection, feed, day, is_intraday=is_intraday)
    until = source.upper_bound(day)
    landed_already = batches.landed_entities(connection, batch)
    for entity in delivered:
        if entity.name in landed_already:
            continue
        began = time.perf_counter()
        since = None
        if source.keeps_recorded_at(entity):
            cursor = batches.cursor_of(connection, feed, entity.name)
            since = batches.beginning(cursor, _overlap_days(source.name, settings))
        try:
            counts = land(
                connection, batch, entity, source.open(entity, since, until),
                until=until, cursor_from=since, time_zone=settings.company.time_zone,
                ever_landed=entity.name in ever_landed,
            )  # fmt: skip
        except (QueryCanceled, LockNotAvailable) as error:
            raise RecoupError(
                f"Landing {entity.name} was given up ({error.diag.message_primary}) and nothing of it was kept: see "
                "what keeps the server busy or the table locked, then run the pull again."
            ) from error
        _log.info(
            "%s: %s (%.1f s)",
            entity.name,
            ", ".join(f"{value:,} {what}" for what, value in counts.as_dict().items()),
            time.perf_counter() - began,
        )
    return batches.finish(connection, batch).as_dict()


def _delivered(source: SourceAdapter, feed: Feed, ever_landed: frozenset[str]) -> list[Entity]:
    """Entities to land, in order: erasures before the rows that they are to keep out of the vault."""
    names = source.entities()
    lost = sorted(ever_landed.difference(names))
    if lost:
        raise RecoupError(
            f"The source {source.name} no longer delivers {', '.join(lost)}, which it did before: bring it back, or "
            "the figures would silently stand still."
        )
    found = [entity for entity in entities_of(feed) if entity.name in names]
    return sorted(found, key=lambda entity: entity.name != "status_events")


def _overlap_days(name: str, settings: Settings) -> int:
    source = getattr(settings.company.sources, name)
    return source.cursor_overlap_days if isinstance(source, SqlSource) else 0
