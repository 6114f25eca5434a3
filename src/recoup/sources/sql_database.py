"""Any Postgres database as a source: one table (or query) a canonical entity, piped by COPY from server to server.

Rows are never touched in Python: `COPY (select …) TO STDOUT` of the source is the input of `COPY … FROM STDIN` of the
warehouse. All entities of one pull come from one snapshot of the source, so that a payment and its application arrive
together or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from recoup import entities as canonical
from recoup.company import SqlSource
from recoup.entities import Entity
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.sources.adapter import RECORDED_AT, EntityStream, SourceAdapter, refuse_missing_columns
from recoup.warehouse import connect, explained

_CHUNK_BYTES = 1 << 18
_STATEMENT_TIMEOUT = "30min"
_RECORDED_AT_COLUMN = "recorded_at"
"""Where a source table says when it learned a row, unless company.yml names another column."""


class SqlDatabaseAdapter(SourceAdapter):
    """Reads a source database as the role `source_reader`, or through a URL of the environment."""

    def __init__(self, name: str, source: SqlSource, settings: Settings) -> None:
        """Connect and take the snapshot that the whole pull reads.

        Raises:
            RecoupError: The server is stopped, the password wrong, the database or the URL missing.
        """
        self.name = name
        self._source = source
        self._connection = _connected(source, settings)
        self._connection.execute("set datestyle = 'ISO, YMD'")
        self._connection.execute("set timezone = 'UTC'")
        self._connection.execute("set client_encoding = 'UTF8'")
        self._connection.execute(sql.SQL("set statement_timeout = {}").format(_STATEMENT_TIMEOUT))
        self._connection.commit()
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        self._columns = self._delivered_columns()

    def check(self) -> None:
        if not self._columns:
            raise RecoupError(
                f"The source {self.name} has no table of a canonical entity in the schema {self._source.schema_name} "
                f"of {self._place}: correct `schema` or `database` in company.yml, or create the tables."
            )
        for name, columns in self._columns.items():
            table = f"The table {self._source.schema_name}.{name} of {self._place}"
            if not columns:
                raise RecoupError(f"{table} may not be read by {self._connection.info.user}: grant select on it.")
            refuse_missing_columns(table, canonical.entity(name), columns, ", ".join(sorted(columns)))

    def entities(self) -> tuple[str, ...]:
        return tuple(entity.name for entity in canonical.ENTITIES if entity.name in self._columns)

    def keeps_recorded_at(self, entity: Entity) -> bool:
        return _RECORDED_AT_COLUMN in self._columns[entity.name]

    @contextmanager
    def open(self, entity: Entity, since: datetime | None, until: datetime) -> Iterator[EntityStream]:
        delivered = tuple(column.name for column in entity.columns if column.name in self._columns[entity.name])
        columns = (*delivered, RECORDED_AT) if self.keeps_recorded_at(entity) else delivered
        try:
            with self._connection.cursor() as cursor, cursor.copy(self._query(entity, delivered, since, until)) as copy:
                yield EntityStream(columns, _chunks(copy), "text")
        except psycopg.OperationalError as error:
            raise explained(error) from error

    def close(self) -> None:
        self._connection.close()

    @property
    def _place(self) -> str:
        return f"the database {self._connection.info.dbname}"

    def _delivered_columns(self) -> dict[str, set[str]]:
        """Columns of every table that bears an entity's name; none where the table may not be read."""
        rows = self._connection.execute(
            """
            select c.relname, case when has_table_privilege(c.oid, 'select') then array_agg(a.attname::text) end
            from pg_class as c
            inner join pg_namespace as n on n.oid = c.relnamespace
            inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname = %s and c.relname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
            group by c.oid, c.relname
            """,
            (self._source.schema_name, [entity.name for entity in canonical.ENTITIES]),
        ).fetchall()
        return {name: set(columns or ()) for name, columns in rows}

    def _query(
        self, entity: Entity, delivered: tuple[str, ...], since: datetime | None, until: datetime
    ) -> sql.Composed:
        selected: list[sql.Composable] = [sql.Identifier(name) for name in delivered]
        condition: sql.Composable = sql.SQL("true")
        if self.keeps_recorded_at(entity):
            recorded_at = sql.Identifier(_RECORDED_AT_COLUMN)
            selected.append(recorded_at)
            bounds = [sql.SQL("{} <= {}").format(recorded_at, sql.Literal(until))]
            if since is not None:
                bounds.append(sql.SQL("{} >= {}").format(recorded_at, sql.Literal(since)))
            # A row without an instant has no place in the order: it comes with every pull rather than with none.
            condition = sql.SQL("({}) or {} is null").format(sql.SQL(" and ").join(bounds), recorded_at)
        return sql.SQL("copy (select {} from {} where {}) to stdout").format(
            sql.SQL(", ").join(selected), sql.Identifier(self._source.schema_name, entity.name), condition
        )


def _connected(source: SqlSource, settings: Settings) -> psycopg.Connection[tuple[Any, ...]]:
    if source.database is not None:
        return connect("source_reader", settings, database=settings.source_database(source.database))
    assert source.url_env is not None  # company.py: exactly one of the two
    url = os.environ.get(source.url_env)
    if not url:
        raise RecoupError(
            f"The environment variable {source.url_env}, which company.yml names as a source's URL, is not set: "
            "set it to postgresql://user:password@host:5432/database."
        )
    try:
        return psycopg.connect(url, connect_timeout=10, application_name="recoup source_reader")
    except psycopg.OperationalError as error:
        raise explained(error, url) from error
    except psycopg.ProgrammingError as error:
        raise RecoupError(f"The URL in {source.url_env} is not valid: {str(error).strip()}.") from error


def _chunks(copy: psycopg.Copy) -> Iterator[bytes]:
    """Rows as the server sends them, gathered: one write a chunk instead of one a row."""
    gathered: list[bytes | memoryview] = []
    size = 0
    for row in copy:
        gathered.append(bytes(row))
        size += len(row)
        if size >= _CHUNK_BYTES:
            yield b"".join(gathered)
            gathered.clear()
            size = 0
    if gathered:
        yield b"".join(gathered)
