"""The layers raw_ledger and raw_contact: the rows of one day's batches against what the feed promised."""

from __future__ import annotations

from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.entities import Feed, entities_of
from recoup.landing.ddl import raw_schema
from recoup.settings import Settings
from recoup_audit.checkpoints.layer import Check, Layer
from recoup_audit.suites import raw_contact, raw_feed, raw_ledger
from recoup_audit.suites.raw_entities import parameter

TITLES: dict[Feed, str] = {"ledger": "the billing ledger", "contact": "the contact center's log"}


def layer(feed: Feed, day: Day, settings: Settings) -> Layer:
    """What was pulled of `feed` for `day`, in one batch or several."""
    schema = raw_schema(feed)
    entities = entities_of(feed)
    with warehouse.connect("auditor", settings) as connection:
        found = connection.execute(
            # A batch without a manifest that is whole and of a feed that is there is no pull: an erasure, say.
            sql.SQL(
                """
                select batch_id from {batches} as batches
                where
                    as_of_date = %s
                    and (
                        finished_at is null or is_absent
                        or exists (select from {manifest} as manifest where manifest.batch_id = batches.batch_id)
                    )
                order by batch_id
                """
            ).format(batches=sql.Identifier(schema, "batches"), manifest=sql.Identifier(schema, "manifest")),
            [day.as_of_date],
        )
        batch_ids = [batch_id for (batch_id,) in found]
        loaded = dict(
            connection.execute(
                sql.SQL(
                    "select entity, sum(loaded_rows)::bigint from {} where batch_id = any(%s) group by entity"
                ).format(sql.Identifier(schema, "manifest")),
                [batch_ids],
            ).fetchall()
        )
    suites = raw_ledger.suites(batch_ids) if feed == "ledger" else raw_contact.suites()
    return Layer(
        name=schema,
        title=TITLES[feed],
        checks=(
            Check(raw_feed.batches_suite(feed), _rows(schema, "batches", "batch_id", batch_ids), ("batch_id",)),
            Check(
                raw_feed.manifest_suite(feed, day.as_of_date, batch_ids),
                _rows(schema, "manifest", "batch_id", batch_ids),
                ("batch_id", "entity"),
            ),
            *(
                Check(suites[entity.name], _rows(schema, entity.name, "_batch_id", batch_ids), ("_key",))
                for entity in entities
            ),
        ),
        parameters={parameter(entity): loaded.get(entity.name, 0) for entity in entities},
    )


def _rows(schema: str, table: str, column: str, batch_ids: list[int]) -> str:
    return (
        sql.SQL("select * from {} where {} = any({}::bigint[])")
        .format(sql.Identifier(schema, table), sql.Identifier(column), sql.Literal(batch_ids))
        .as_string(None)
    )
