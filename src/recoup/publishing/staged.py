"""Proposed rows as the rows that would be published: typed as the lists, numbered with a version, hashed."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from recoup.day import Day
from recoup.errors import RecoupError
from recoup.publishing.proposals import LISTS, Connection

_GIVEN = ("list_version", "as_of_date", "row_hash")
"""Columns of a list that publishing fills where the proposal does not."""


def stage_lists(connection: Connection, day: Day, version: int, schema: str = "scores") -> None:
    """Copy the proposals into temporary tables `staged_<list>` of the lists' own types, each row with its hash.

    Args:
        version: The list version that the hashes are of.
        schema: Holds `proposed_<list>`.

    Raises:
        RecoupError: The proposals lack a column that the lists publish.
    """
    for name in LISTS:
        staged, columns = sql.Identifier(f"staged_{name}"), _columns(connection, name, schema)
        connection.execute(sql.SQL("drop table if exists pg_temp.{}").format(staged))
        connection.execute(
            sql.SQL("create temporary table {} (like {}) on commit drop").format(staged, sql.Identifier("lists", name))
        )
        given: dict[str, Any] = {"list_version": version, "as_of_date": day.as_of_date, "row_hash": ""}
        connection.execute(
            sql.SQL("insert into {} ({}) select {} from {} where list_date = {}").format(
                staged,
                sql.SQL(", ").join(sql.Identifier(column) for column in [*columns, *given]),
                sql.SQL(", ").join(
                    [*(sql.Identifier(column) for column in columns), *(sql.Literal(value) for value in given.values())]
                ),
                sql.Identifier(schema, f"proposed_{name}"),
                day.list_date,
            )
        )
        connection.execute(sql.SQL("update {} as r set row_hash = lists.row_hash(r)").format(staged))


def _columns(connection: Connection, name: str, schema: str) -> list[str]:
    """Columns of a list that its proposal has to bring."""
    query = """
        select attname::text from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum
    """
    wanted = [column for (column,) in connection.execute(query, [f"lists.{name}"]) if column not in _GIVEN]
    offered = {column for (column,) in connection.execute(query, [f"{schema}.proposed_{name}"])}
    missing = [column for column in wanted if column not in offered]
    if missing:
        raise RecoupError(
            f"The table {schema}.proposed_{name} has no column {missing[0]}, which lists.{name} publishes: bring the "
            "warehouse up to date with `recoup init`."
        )
    return wanted
