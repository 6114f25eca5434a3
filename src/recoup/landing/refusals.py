"""Which rows of a pull are refused, and why: temporary table `reasons`, at the end `raw_<feed>.rejected`."""

from __future__ import annotations

from psycopg import sql

from recoup.entities import Entity
from recoup.errors import RecoupError
from recoup.landing.batches import Batch, Connection
from recoup.landing.checks import checks, recorded_at_check
from recoup.landing.ddl import raw_schema
from recoup.sources.adapter import FAULT_COLUMN_END, FAULT_END, FAULTS, RECORDED_AT

_HOPELESS_ROWS = 10
"""So many rows, all refused, are a broken source and not bad rows. Any number is, where nothing ever landed."""


def refuse_unfit(connection: Connection, entity: Entity, delivered: frozenset[str]) -> None:
    """Collect in `reasons` everything that is wrong with a row on its own."""
    connection.execute("create temporary table reasons (pull_row bigint, column_name text, reason text) on commit drop")
    rules = checks(entity, delivered)
    if RECORDED_AT in delivered:
        rules.append(recorded_at_check(RECORDED_AT))
    reasons = [rule.reason for rule in rules]
    connection.execute(
        sql.SQL(
            """
            insert into reasons
            select l.pull_row, r.column_name, r.reason
            from landed as l
            cross join lateral (values {rules}) as r (column_name, reason)
            where coalesce({reasons}) is not null
                and r.reason is not null
                and (
                    l.faults is null
                    -- The adapter has said already what is wrong with this column, or with the whole row.
                    or position({end} || r.column_name || {middle} in {end} || l.faults) = 0
                    and position({middle} in l.faults) > 1
                )
            """
        ).format(
            rules=sql.SQL(", ").join(
                sql.SQL("({}::text, {})").format(sql.Literal(rule.column), rule.reason) for rule in rules
            ),
            reasons=sql.SQL(", ").join(reasons),
            end=sql.Literal(FAULT_END),
            middle=sql.Literal(FAULT_COLUMN_END),
        )
    )
    if FAULTS in delivered:
        connection.execute(
            sql.SQL(
                """
                insert into reasons
                select l.pull_row, nullif(split_part(f, {middle}, 1), ''), split_part(f, {middle}, 2)
                from landed as l
                cross join lateral unnest(string_to_array(rtrim(l.faults, {end}), {end})) as f
                where l.faults is not null
                """
            ).format(end=sql.Literal(FAULT_END), middle=sql.Literal(FAULT_COLUMN_END))
        )


def refused_rows(connection: Connection) -> int:
    """Return how many rows are refused so far."""
    row = connection.execute("select count(distinct pull_row) from reasons").fetchone()
    assert row is not None
    return int(row[0])


def refuse_contradictions(connection: Connection, entity: Entity, *, keeps_recorded_at: bool) -> bool:
    """Refuse rows of one key and one moment that say different things. Returns whether any key came more than once.

    Which of them is right nobody can tell, so none lands. Where the source keeps no moments, a key may come only once.
    """
    repeats = connection.execute(
        "create temporary table repeated on commit drop as select _key from candidate group by _key having count(*) > 1"
    ).rowcount
    if not repeats:
        return False
    content = [sql.SQL("_row_hash"), *(sql.Identifier(column.name) for column in entity.personal_columns)]
    moment = sql.SQL("_key, source_recorded_at" if keeps_recorded_at else "_key")
    refused = connection.execute(
        sql.SQL(
            """
            insert into reasons
            select pull_row, {key_columns}, 'stands in the pull more than once, with different content'
            from candidate
            inner join (
                select {moment} from candidate
                where _key in (select _key from repeated)
                group by {moment}
                having count(distinct row({content})::text) > 1
            ) as contradicting using ({moment})
            """
        ).format(key_columns=sql.Literal(", ".join(entity.key)), moment=moment, content=sql.SQL(", ").join(content))
    ).rowcount
    if refused:
        connection.execute("delete from candidate as c using reasons as r where r.pull_row = c.pull_row")
    return True


def refuse_hopeless(connection: Connection, entity: Entity, read: int, rejected: int, *, ever_landed: bool) -> None:
    """Refuse the whole pull of an entity of which no row is fit.

    A single bad row in a quiet night's pull is not that: it is kept with its reason like any other.

    Raises:
        RecoupError: Every row is refused; names the reason met most often.
    """
    if rejected < read or (ever_landed and read < _HOPELESS_ROWS):
        return
    row = connection.execute(
        """
        select r.column_name, r.reason, l.row_ref, count(*) over (partition by r.column_name) as found
        from reasons as r inner join landed as l using (pull_row)
        order by found desc, r.pull_row
        limit 1
        """
    ).fetchone()
    assert row is not None
    column, reason, row_ref, _ = row
    where = f"{row_ref}: " if row_ref else ""
    raise RecoupError(
        f"Every row of {entity.name} is refused ({read:,} of {read:,}), so nothing of it was kept; for example "
        f"{where}{f'{column} ' if column else ''}{reason}: mend the source or its mapping, then run the pull again."
    )


def keep_rejected(connection: Connection, batch: Batch, entity: Entity) -> None:
    """Write every reason of every refused row to `raw_<feed>.rejected`, without the row's personal columns."""
    public = [
        sql.SQL("{}, left(l.{}, 1000)").format(sql.Literal(column.name), sql.Identifier(column.name))
        for column in entity.public_columns
    ]
    key = sql.SQL(" || '|' || ").join(
        sql.SQL("coalesce(left(l.{}, 200), '')").format(sql.Identifier(name)) for name in entity.key
    )
    connection.execute(
        sql.SQL(
            """
            insert into {rejected} (batch_id, entity, pull_row, row_ref, key, column_name, reason, payload)
            select
                {batch_id}, {entity}, r.pull_row, coalesce(l.row_ref, {key}), {key}, r.column_name, r.reason,
                jsonb_strip_nulls(jsonb_build_object({public}))
            from reasons as r
            inner join landed as l using (pull_row)
            order by r.pull_row, r.column_name
            """
        ).format(
            rejected=sql.Identifier(raw_schema(batch.feed), "rejected"),
            batch_id=batch.batch_id,
            entity=entity.name,
            key=key,
            public=sql.SQL(", ").join(public),
        )
    )
