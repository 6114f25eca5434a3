"""Landing one entity of one pull: text in, typed versions out, all in one transaction.

    landed      what the source sent, as text                       temporary
    reasons     (row, column, reason) of every row that is refused  temporary
    candidate   the fit rows, typed, with key, instant and hash     temporary
    raw_<feed>.<entity>     new versions only
    raw_<feed>.rejected     the refused rows, without their personal columns
    vault.*                 the personal columns

Killed anywhere it leaves nothing behind; run again it holds what it has.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from datetime import datetime

import psycopg
from psycopg import sql

from recoup.entities import Entity
from recoup.errors import RecoupError
from recoup.landing import vault
from recoup.landing.batches import Batch, Connection, Counts, record
from recoup.landing.candidates import type_candidates
from recoup.landing.refusals import keep_rejected, refuse_contradictions, refuse_hopeless, refuse_unfit, refused_rows
from recoup.landing.versions import insert_versions
from recoup.sources.adapter import FAULTS, RECORDED_AT, ROW_REF, EntityStream

_log = logging.getLogger(__name__)


def land(
    connection: Connection,
    batch: Batch,
    entity: Entity,
    rows: AbstractContextManager[EntityStream],
    *,
    until: datetime,
    cursor_from: datetime | None,
    time_zone: str,
    ever_landed: bool,
) -> Counts:
    """Land the rows of one entity and write its manifest row, in one transaction.

    Args:
        until: Rows that the source dates after this instant are deferred.
        cursor_from: Where the pull began, for the manifest.
        time_zone: The company's, IANA: the day of a dated fact ends there.
        ever_landed: The feed held rows of this entity before.

    Raises:
        RecoupError: The stream cannot be read, or every row of it is refused; nothing is kept.
    """
    with connection.transaction():
        with rows as stream:
            read = _copy(connection, entity, stream)
        delivered = frozenset(stream.columns)
        keeps_recorded_at = RECORDED_AT in delivered
        refuse_unfit(connection, entity, delivered)
        candidates = type_candidates(connection, entity, until, time_zone)
        deferred = read - candidates - refused_rows(connection)
        read -= deferred
        has_repeats = refuse_contradictions(connection, entity, keeps_recorded_at=keeps_recorded_at)
        rejected = refused_rows(connection)
        if rejected:
            refuse_hopeless(connection, entity, read, rejected, ever_landed=ever_landed)
            keep_rejected(connection, batch, entity)
        loaded = insert_versions(
            connection, batch, entity, candidates=candidates, has_repeats=has_repeats, is_ordered=keeps_recorded_at
        )
        _fill_vault(connection, batch, entity, delivered, keeps_recorded_at=keeps_recorded_at)
        counts = Counts(read, loaded, read - rejected - loaded, rejected, deferred)
        cursor_to = _newest(connection) if keeps_recorded_at else None
        record(connection, batch, entity.name, counts, cursor_from=cursor_from, cursor_to=cursor_to)
    return counts


def _copy(connection: Connection, entity: Entity, stream: EntityStream) -> int:
    """Take the stream into `landed`; every column is text. Returns the number of rows."""
    names = [ROW_REF, FAULTS, RECORDED_AT, *(column.name for column in entity.columns)]
    definition = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in names)
    connection.execute(
        sql.SQL(
            "create temporary table landed (pull_row bigint generated always as identity, {}) on commit drop"
        ).format(definition)
    )
    statement = sql.SQL("copy landed ({}) from stdin with (format {}, encoding 'utf8')").format(
        sql.SQL(", ").join(map(sql.Identifier, stream.columns)), sql.SQL(stream.copy_format)
    )
    try:
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for chunk in stream.chunks:
                    copy.write(chunk)
            return cursor.rowcount
    except psycopg.DataError as error:
        # The server names the line and shows its content, which may be personal: only the first is passed on.
        line = (error.diag.context or "").partition(", line ")[2].partition(",")[0].partition(":")[0]
        place = f" at row {line}" if line else ""
        raise RecoupError(
            f"The rows of {entity.name} cannot be read{place} ({error.diag.message_primary}): mend the source, then "
            "run the pull again; nothing of it was kept."
        ) from None


def _fill_vault(
    connection: Connection, batch: Batch, entity: Entity, delivered: frozenset[str], *, keeps_recorded_at: bool
) -> None:
    if any(column.name in delivered for column in entity.personal_columns):
        vault.keep_personal(connection, batch, entity, keeps_recorded_at=keeps_recorded_at)
    if entity.name == "status_events":
        erased = vault.empty_erased(connection, batch)
        if erased:
            _log.info("%s: %s persons erased from the vault", entity.name, f"{erased:,}")


def _newest(connection: Connection) -> datetime | None:
    row = connection.execute("select max(source_recorded_at) from candidate").fetchone()
    return None if row is None else row[0]
