"""Erasing a person on request, when no source system says it: an event in the log, and an empty vault at once.

Who the person was goes; the ledger, the contact log and the keys in them stay whole. The event is a fact like any
other: it lands as a batch of its own, so that the next run's rules, scores, lists and training sets know it, and a list
of an earlier day is still told as it was known then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from recoup.day import Day
from recoup.entities import FEEDS, Feed, entities_of
from recoup.errors import RecoupError
from recoup.landing import batches, vault
from recoup.landing.batches import Batch, Connection
from recoup.landing.ddl import raw_schema
from recoup.settings import Settings
from recoup.warehouse import connect

_FEED: Feed = "ledger"
"""Every company has it; the contact log may be missing."""

EVIDENCE = "recoup erase"
"""`evidence_ref` of an event that was not any source's."""


@dataclass(frozen=True)
class Erasure:
    """What was done.

    Attributes:
        contact_points: Addresses and numbers that were emptied.
        was_erased: The person had been erased before; nothing changed.
    """

    person_id: str
    contact_points: int
    was_erased: bool


def erase_person(person_id: str, day: Day, at: datetime, settings: Settings) -> Erasure:
    """Empty the person's rows of the vault for good, and land the fact that they were erased.

    Safe to repeat, and safe beside a pull: it waits for one that is under way.

    Args:
        day: The last closed day: the batch counts as its.
        at: When it was decided, aware; what the warehouse knows of it, it knows from then on.

    Raises:
        RecoupError: No source ever named the person, or the ledger was never pulled.
    """
    with connect("loader", settings, autocommit=True) as connection, batches.one_pull_at_a_time(connection, _FEED):
        connection.execute("set timezone = 'UTC'")
        with connection.transaction():
            if not _is_known(connection, person_id):
                raise RecoupError(
                    f"No source ever named a person {person_id}, so there is nothing to erase: give the person_id as "
                    "the lists show it."
                )
            held = connection.execute(
                "select count(*) from vault.contact_points where person_id = %s and not is_erased", [person_id]
            ).fetchone()
            assert held is not None
            if _is_erased(connection, person_id) and not held[0]:
                return Erasure(person_id, 0, was_erased=True)
            batch = _batch(connection, day, at)
            _land(connection, batch, person_id)
            vault.empty_erased(connection, batch)
            connection.execute(
                sql.SQL("update {} set finished_at = clock_timestamp() where batch_id = {}").format(
                    sql.Identifier(raw_schema(_FEED), "batches"), batch.batch_id
                )
            )
    return Erasure(person_id, held[0], was_erased=False)


def _is_known(connection: Connection, person_id: str) -> bool:
    """Whether the vault or any row of any feed names the person."""
    tables = [
        sql.Identifier(raw_schema(feed), entity.name)
        for feed in FEEDS
        for entity in entities_of(feed)
        if any(column.name == "person_id" for column in entity.columns)
    ]
    named = sql.SQL(" or ").join(
        sql.SQL("exists (select from {} where person_id = {})").format(table, person_id)
        for table in (sql.Identifier("vault", "persons"), sql.Identifier("vault", "contact_points"), *tables)
    )
    return connection.execute(sql.SQL("select {}").format(named)).fetchone() == (True,)


def _is_erased(connection: Connection, person_id: str) -> bool:
    query = "select is_erased from vault.persons where person_id = %s"
    return connection.execute(query, [person_id]).fetchone() == (True,)


def _batch(connection: Connection, day: Day, at: datetime) -> Batch:
    """A batch of its own, never a cut-short pull's. It has no manifest: it says nothing of what a source delivers."""
    row = connection.execute(
        sql.SQL(
            """
            insert into {batches} (feed, as_of_date, recorded_at, is_first)
            select {feed}, {as_of_date}, greatest({at}::timestamptz, max(recorded_at) + interval '1 millisecond'), false
            from {batches}
            having bool_or(finished_at is not null and not is_absent)
            returning batch_id, recorded_at
            """
        ).format(
            batches=sql.Identifier(raw_schema(_FEED), "batches"), feed=_FEED, as_of_date=day.as_of_date, at=at
        )
    ).fetchone()  # fmt: skip
    if row is None:
        raise RecoupError("The billing ledger was never pulled, so nobody is held: run the day first (`recoup run`).")
    return Batch(row[0], _FEED, row[1], is_first=False)


def _land(connection: Connection, batch: Batch, person_id: str) -> None:
    connection.execute(
        sql.SQL(
            """
            insert into {table} (
                person_id, status, from_at, evidence_ref, _key, _batch_id, source_recorded_at, _recorded_at, _known_at,
                _row_hash
            )
            select
                {person}, 'erased', {at}::timestamptz, {evidence},
                replace(replace({person}, '\\', '\\\\'), '|', '\\|') || '|||erased|' || {at}::timestamptz::text,
                {batch_id}, {at}, {at}, {at},
                left(encode(sha256(convert_to({person} || {evidence} || {at}::timestamptz::text, 'UTF8')), 'hex'), 32)
            """
        ).format(
            table=sql.Identifier(raw_schema(_FEED), "status_events"),
            person=sql.Literal(person_id),
            evidence=EVIDENCE,
            at=sql.Literal(batch.recorded_at),
            batch_id=batch.batch_id,
        )
    )
