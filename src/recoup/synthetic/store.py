"""The company's databases: tables made, rows copied in, changed rows replaced."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import sql

from recoup.entities import ENTITIES
from recoup.settings import Settings
from recoup.synthetic.live import Changes
from recoup.synthetic.rows import Layout
from recoup.warehouse import connect

DATABASES = {"ledger": "billing_ledger", "contact": "contact_center"}
ROWS_A_COPY = 200_000
Connection = psycopg.Connection[tuple[Any, ...]]


class SourceStore:
    """The billing ledger and the contact center, each in one transaction until `commit`."""

    def __init__(self, settings: Settings, layouts: dict[str, Layout]) -> None:
        self._layouts = layouts
        self._connections: dict[str, Connection] = {}
        try:
            for feed, name in DATABASES.items():
                self._connections[feed] = connect("company", settings, settings.source_database(name))
        except BaseException:
            self.close()
            raise
        self._frozen = False

    def recreate_tables(self) -> None:
        """Drop what stands and make every table empty, without keys: those come with `add_keys`."""
        self._frozen = True
        for feed, connection in self._connections.items():
            connection.execute("set local client_min_messages = warning")
            for e in ENTITIES:
                connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(e.name)))
                if feed not in e.feeds:
                    continue
                columns: list[sql.Composable] = [
                    sql.SQL("{} {}{}").format(
                        sql.Identifier(c.name), sql.SQL(c.type), sql.SQL(" not null" if c.required else "")
                    )
                    for c in e.columns
                ]
                columns.append(sql.SQL("recorded_at timestamptz not null"))
                connection.execute(
                    sql.SQL("create table {} ({})").format(sql.Identifier(e.name), sql.SQL(", ").join(columns))
                )
                connection.execute(sql.SQL("grant select on {} to recoup_source_reader").format(sql.Identifier(e.name)))

    def add_keys(self) -> None:
        """Primary keys, the index on `recorded_at`, and statistics: cheaper after the rows than before."""
        self._frozen = False
        for e in ENTITIES:
            for feed in e.feeds:
                connection, layout = self._connections[feed], self._layouts[e.name]
                if layout.key:
                    keys = sql.SQL(", ").join(map(sql.Identifier, layout.key))
                    connection.execute(
                        sql.SQL("alter table {} add primary key ({})").format(sql.Identifier(e.name), keys)
                    )
                connection.execute(sql.SQL("create index on {} (recorded_at)").format(sql.Identifier(e.name)))
                connection.execute(sql.SQL("analyze {}").format(sql.Identifier(e.name)))

    def append(self, tables: dict[str, pa.Table]) -> None:
        """Copy new rows in."""
        for name, table in tables.items():
            layout = self._layouts[name]
            copy_in(self._connections[layout.feed], sql.Identifier(name), layout.columns, table, freeze=self._frozen)

    def write_changes(self, changes: dict[str, Changes]) -> None:
        """Copy new rows in and replace known ones by their key."""
        for name, change in changes.items():
            self.append({name: change.fresh})
            if change.known.num_rows:
                self._replace(self._layouts[name], change.known)

    def replace(self, tables: dict[str, pa.Table]) -> None:
        """Put rows in place of those with the same key."""
        for name, table in tables.items():
            self._replace(self._layouts[name], table)

    def _replace(self, layout: Layout, table: pa.Table) -> None:
        connection = self._connections[layout.feed]
        target, draft = sql.Identifier(layout.name), sql.Identifier(f"changed_{layout.name}")
        connection.execute(
            sql.SQL("create temporary table if not exists {} (like {}) on commit delete rows").format(draft, target)
        )
        connection.execute(sql.SQL("truncate {}").format(draft))
        copy_in(connection, draft, layout.columns, table)
        rest = [sql.Identifier(c) for c in layout.columns if c not in layout.key]
        connection.execute(
            sql.SQL("update {target} set ({rest}) = row({values}) from {draft} where {match}").format(
                target=target, draft=draft, rest=sql.SQL(", ").join(rest),
                values=sql.SQL(", ").join(sql.SQL("{}.{}").format(draft, column) for column in rest),
                match=sql.SQL(" and ").join(
                    sql.SQL("{0}.{2} = {1}.{2}").format(target, draft, sql.Identifier(k)) for k in layout.key
                ),
            )
        )  # fmt: skip

    def is_ahead_of(self, instant: datetime) -> bool:
        """True if a database holds rows recorded after `instant`: an earlier run broke off between two commits."""
        probes = {"ledger": "fx_rates", "contact": "shifts"}
        for feed, table in probes.items():
            query = sql.SQL("select exists (select from {} where recorded_at > %s)").format(sql.Identifier(table))
            if self._connections[feed].execute(query, [instant]).fetchone() == (True,):
                return True
        return False

    def commit(self) -> None:
        for connection in self._connections.values():
            connection.commit()

    def close(self) -> None:
        """Close both connections; what was not committed is gone."""
        for connection in self._connections.values():
            connection.close()


def copy_in(
    connection: Connection, target: sql.Identifier, columns: Iterable[str], table: pa.Table, *, freeze: bool = False
) -> None:
    """COPY an Arrow table into `target`, column order as given."""
    if table.num_rows == 0:
        return
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    statement = sql.SQL("copy {} ({}) from stdin (format csv{})").format(
        target, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", freeze" if freeze else "")
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, table.num_rows, ROWS_A_COPY):
            sink = io.BytesIO()
            pa_csv.write_csv(table.slice(start, ROWS_A_COPY), sink, options)
            copy.write(sink.getbuffer())
