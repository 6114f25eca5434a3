"""Any Postgres database as a source: one table or query a canonical entity, piped by COPY from server to server.

Rows are never touched in Python: `COPY (select …) TO STDOUT` of the source is the input of `COPY … FROM STDIN` of the
warehouse. All entities of one pull come from one snapshot of the source, so that a payment and its application arrive
together or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from recoup import entities as canonical
from recoup.company_sources import SqlEntityMapping, SqlSource
from recoup.entities import Entity
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.sources.adapter import RECORDED_AT, EntityStream, SourceAdapter, refuse_missing_columns
from recoup.warehouse import connect, explained

_CHUNK_BYTES = 1 << 18
_STATEMENT_TIMEOUT = "30min"
_RECORDED_AT_COLUMN = "recorded_at"
"""Where a source table says when it learned a row, unless company.yml names another column."""


@dataclass(frozen=True)
class _Relation:
    """Where the rows of one entity are: `available` columns of `rows`, renamed by `columns` (canonical → source)."""

    place: str
    rows: sql.Composable
    available: frozenset[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    recorded_at: str | None = _RECORDED_AT_COLUMN


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
        try:
            self._relations = self._canonical_tables() | self._mapped_relations()
        except BaseException:
            self._connection.close()
            raise

    def check(self) -> None:
        if not self._relations:
            raise RecoupError(
                f"The source {self.name} has no table of a canonical entity in the schema {self._source.schema_name} "
                f"of {self._place}: correct `schema` or `database` in company.yml, or create the tables."
            )
        for name, relation in self._relations.items():
            if not relation.available:
                raise RecoupError(
                    f"The table {self._source.schema_name}.{name} of {self._place} may not be read by "
                    f"{self._connection.info.user}: grant select on it."
                )
            entity = canonical.entity(name)
            refuse_missing_columns(
                relation.place, entity, set(self._delivered(entity)), ", ".join(sorted(relation.available))
            )

    def entities(self) -> tuple[str, ...]:
        return tuple(entity.name for entity in canonical.ENTITIES if entity.name in self._relations)

    def keeps_recorded_at(self, entity: Entity) -> bool:
        relation = self._relations[entity.name]
        return relation.recorded_at in relation.available

    @contextmanager
    def open(self, entity: Entity, since: datetime | None, until: datetime) -> Iterator[EntityStream]:
        delivered = self._delivered(entity)
        columns = (*delivered, RECORDED_AT) if self.keeps_recorded_at(entity) else tuple(delivered)
        with ExitStack() as stack:
            with self._told(entity):
                cursor = stack.enter_context(self._connection.cursor())
                copy = stack.enter_context(cursor.copy(self._query(entity, since, until)))
            yield EntityStream(columns, self._chunks(copy, entity), "text")

    def close(self) -> None:
        self._connection.close()

    @property
    def _place(self) -> str:
        return f"the database {self._connection.info.dbname}"

    def _chunks(self, copy: psycopg.Copy, entity: Entity) -> Iterator[bytes]:
        """Rows as the server sends them, gathered: one write a chunk instead of one a row."""
        gathered: list[bytes] = []
        size = 0
        with self._told(entity):
            for row in copy:
                gathered.append(bytes(row))
                size += len(row)
                if size >= _CHUNK_BYTES:
                    yield b"".join(gathered)
                    gathered.clear()
                    size = 0
        if gathered:
            yield b"".join(gathered)

    @contextmanager
    def _told(self, entity: Entity) -> Iterator[None]:
        """Turn what the source's server says into a sentence about the source."""
        try:
            yield
        except psycopg.OperationalError as error:
            raise explained(error) from error
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            raise RecoupError(
                f"{self._relations[entity.name].place} cannot be read ({error.diag.message_primary}): mend it, then "
                "run the pull again; nothing of it was kept."
            ) from None

    def _delivered(self, entity: Entity) -> dict[str, str]:
        """Canonical column → column of the source, of those that the source has."""
        relation = self._relations[entity.name]
        names = {column.name: relation.columns.get(column.name, column.name) for column in entity.columns}
        return {name: source for name, source in names.items() if source in relation.available}

    def _canonical_tables(self) -> dict[str, _Relation]:
        """Every table that bears an entity's name and is not mapped otherwise."""
        names = [entity.name for entity in canonical.ENTITIES if entity.name not in self._source.entities]
        rows = self._connection.execute(
            """
            select c.relname, case when has_table_privilege(c.oid, 'select') then array_agg(a.attname::text) end
            from pg_class as c
            inner join pg_namespace as n on n.oid = c.relnamespace
            inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname = %s and c.relname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
            group by c.oid, c.relname
            """,
            (self._source.schema_name, names),
        ).fetchall()
        schema = self._source.schema_name
        return {
            name: _Relation(
                f"The table {schema}.{name} of {self._place}", sql.Identifier(schema, name), frozenset(columns or ())
            )
            for name, columns in rows
        }

    def _mapped_relations(self) -> dict[str, _Relation]:
        return {name: self._mapped_relation(name, mapping) for name, mapping in self._source.entities.items()}

    def _mapped_relation(self, name: str, mapping: SqlEntityMapping) -> _Relation:
        rows: sql.Composable
        if mapping.query is not None:
            place = f"The query of {name} in company.yml"
            rows = sql.SQL("({}) as mapped").format(sql.SQL(mapping.query.strip().rstrip(";")))
        else:
            table = mapping.table or name
            place = f"The table {table} of {self._place}"
            rows = sql.Identifier(*(table.split(".") if "." in table else (self._source.schema_name, table)))
        try:
            with self._connection.transaction():
                described = self._connection.execute(sql.SQL("select * from {} limit 0").format(rows)).description
        except psycopg.ProgrammingError as error:
            raise RecoupError(
                f"{place} cannot be read ({error.diag.message_primary}): correct `entities` of {self.name} in "
                "company.yml."
            ) from None
        names = [column.name for column in described or ()]
        twice = sorted({found for found in names if names.count(found) > 1})
        if twice:
            raise RecoupError(f"{place} names the column {twice[0]} twice: rename one of them.")
        relation = _Relation(place, rows, frozenset(names), mapping.columns, mapping.recorded_at)
        absent = sorted({*mapping.columns.values()} - relation.available)
        if absent:
            raise RecoupError(
                f"{place} has no column {absent[0]}, which company.yml maps: correct `entities` of {self.name} "
                f"(found: {', '.join(sorted(relation.available))})."
            )
        return relation

    def _query(self, entity: Entity, since: datetime | None, until: datetime) -> sql.Composed:
        relation = self._relations[entity.name]
        selected = [sql.Identifier(name) for name in self._delivered(entity).values()]
        condition: sql.Composable = sql.SQL("true")
        if self.keeps_recorded_at(entity):
            recorded_at = sql.Identifier(str(relation.recorded_at))
            selected.append(recorded_at)
            bounds = [sql.SQL("{} <= {}").format(recorded_at, sql.Literal(until))]
            if since is not None:
                bounds.append(sql.SQL("{} >= {}").format(recorded_at, sql.Literal(since)))
            # A row without an instant has no place in the order: it comes with every pull rather than with none.
            condition = sql.SQL("({}) or {} is null").format(sql.SQL(" and ").join(bounds), recorded_at)
        return sql.SQL("copy (select {} from {} where {}) to stdout").format(
            sql.SQL(", ").join(selected), relation.rows, condition
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
