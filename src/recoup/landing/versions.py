"""New versions: what the pull says differently from the version before it."""

from __future__ import annotations

from psycopg import sql

from recoup.entities import Entity
from recoup.landing.batches import Batch, Connection
from recoup.landing.ddl import entity_statements, key_index, lookup_indexes, raw_schema, stored_columns

_BULK_ROWS = 10_000
"""From so many rows on, an index over an empty table is cheaper to build afterwards than to keep meanwhile."""


def insert_versions(
    connection: Connection, batch: Batch, entity: Entity, *, candidates: int, has_repeats: bool, is_ordered: bool
) -> int:
    """Insert what differs from the version before it: in the pull, or the newest one held.

    Every version of a key gets a later `_known_at` than the one before. In the first batch that is when the source
    learned it; afterwards it is the batch's clock, and versions that came together end there, a microsecond apart.

    Args:
        candidates: How many rows there are to choose from.
        has_repeats: Some key comes more than once.
        is_ordered: The source says when it learned a row, so that an older version can be told from a newer one.

    Returns:
        Versions inserted.
    """
    table = sql.Identifier(raw_schema(batch.feed), entity.name)
    stored = sql.SQL(", ").join(sql.Identifier(column.name) for column in stored_columns(entity))
    is_empty = connection.execute(sql.SQL("select from {} limit 1").format(table)).rowcount == 0
    if is_empty and not has_repeats:
        known_at = sql.SQL("source_recorded_at") if batch.is_first else sql.Literal(batch.recorded_at)
        fresh = sql.SQL("select *, {} as _known_at from candidate").format(known_at)
    else:
        fresh = _fresh(table, batch, is_ordered=is_ordered)
    statement = sql.SQL(
        """
        insert into {table} ({stored}, _key, _batch_id, source_recorded_at, _recorded_at, _known_at, _row_hash)
        select {stored}, _key, {batch_id}, source_recorded_at, {recorded_at}, _known_at, _row_hash
        from ({fresh}) as fresh
        """
    ).format(table=table, stored=stored, batch_id=batch.batch_id, recorded_at=batch.recorded_at, fresh=fresh)
    if not is_empty or candidates < _BULK_ROWS:
        return connection.execute(statement).rowcount
    for index in (key_index(batch.feed, entity), *lookup_indexes(batch.feed, entity)):
        connection.execute(sql.SQL("drop index {}").format(index))
    inserted = connection.execute(statement).rowcount
    for definition in entity_statements(batch.feed, entity):
        connection.execute(definition)
    return inserted


def _fresh(table: sql.Identifier, batch: Batch, *, is_ordered: bool) -> sql.Composed:
    """Candidates that differ from the version before them, with their `_known_at`."""
    in_order = sql.SQL("source_recorded_at, pull_row")
    # What the source recorded before the version we hold was overtaken before we saw it.
    is_stale = sql.SQL("h.source_recorded_at > c.source_recorded_at" if is_ordered else "false")
    known_at: sql.Composable
    if batch.is_first:
        known_at = sql.SQL(
            "greatest(source_recorded_at, held_known_at + row_number() over one_key * interval '1 microsecond')"
        )
    else:
        known_at = sql.SQL(
            "{}::timestamptz"
            " - (count(*) over (partition by _key) - row_number() over one_key) * interval '1 microsecond'"
        ).format(batch.recorded_at)
    return sql.SQL(
        """
        select *, {known_at} as _known_at
        from (
            select
                c.*, h._known_at as held_known_at,
                lag(c._row_hash, 1, h._row_hash) over (partition by c._key order by c.source_recorded_at, c.pull_row)
                    as previous_hash
            from candidate as c
            left join lateral (
                select v._row_hash, v.source_recorded_at, v._known_at
                from {table} as v
                where v._key = c._key
                order by v._known_at desc
                limit 1
            ) as h on true
            where ({is_stale}) is not true
        ) as chained
        where previous_hash is distinct from _row_hash
        window one_key as (partition by _key order by {in_order})
        """
    ).format(known_at=known_at, table=table, is_stale=is_stale, in_order=in_order)
