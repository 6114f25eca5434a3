"""Rows between the warehouse and memory: Arrow in through ADBC, COPY out, a date replaced whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import sql

from recoup.settings import Settings
from recoup.warehouse import connect, url

Parts = dict[str, Any]
LAYERS = ("policy", "features", "scores")
"""Schemas that a query names in braces, because a replay works in another one."""


def read_frame(settings: Settings, query: str, parts: Parts | None = None) -> pd.DataFrame:
    """Read a query as the scorer, columnar.

    Args:
        query: SQL with `{name}` where a part goes; `numeric` columns must be cast, ADBC hands them over as text.
        parts: What the placeholders stand for: values, quoted by psycopg, or composed SQL. The `LAYERS` need none.

    Returns:
        One column each; instants are `datetime64[us, UTC]`, dates `datetime64`, both without a clock of ours.
    """
    with connect("scorer", settings) as connection:
        # Opened first for its one-sentence errors; ADBC's own are not for users.
        text = composed(query, parts, settings).as_string(connection)
    with adbc.connect(url("scorer", settings)) as reader, reader.cursor() as cursor:
        cursor.execute(text)
        table = cursor.fetch_arrow_table()
    return _plain(table).to_pandas(date_as_object=False)


def read_row(settings: Settings, query: str, parts: Parts | None = None) -> tuple[Any, ...] | None:
    """Read the first row of a query as the scorer; None if there is none."""
    with connect("scorer", settings) as connection:
        return connection.execute(composed(query, parts, settings)).fetchone()


def replace_rows(
    connection: psycopg.Connection[Any], table: tuple[str, str], frame: pd.DataFrame, *, where: dict[str, Any]
) -> int:
    """Replace the rows of `table` that match `where` by `frame`, inside the caller's transaction.

    Args:
        table: Schema and name.
        frame: Columns named as the table's; arrays and ranges as Postgres text literals.
        where: Column → value that selects what is replaced, such as the date.

    Returns:
        Rows written.
    """
    target = sql.Identifier(*table)
    condition = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in where.items()
    )
    connection.execute(sql.SQL("delete from {} where {}").format(target, condition))
    if frame.empty:
        return 0
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    # An unquoted empty field is null and a quoted one is empty text, on both sides.
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(target, columns)
    buffer = io.BytesIO()
    pa_csv.write_csv(
        pa.Table.from_pandas(frame, preserve_index=False),
        buffer,
        pa_csv.WriteOptions(include_header=False, batch_size=65536),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(buffer.getvalue())
    # To statistics from before it, a new date has no rows, and whoever joins by it next would be planned for none.
    connection.execute(sql.SQL("analyze {}").format(target))
    return len(frame)


def text_array(parts: list[pd.Series]) -> pd.Series:
    """Join columns of plain codes (no comma, quote, brace or space in them) into a text[] literal, leaving out nulls.

    Returns:
        Row-aligned with `parts`; "{}" where all are null.
    """
    joined = pd.Series("", index=parts[0].index, dtype="str")
    for part in parts:
        present = part.notna()
        separator = joined.where(joined == "", joined + ",")
        joined = joined.where(~present, separator + part.fillna(""))
    return "{" + joined + "}"


def column_list(names: Iterable[str], *, alias: str) -> sql.Composable:
    """`alias.a, alias.b`, quoted; an empty list is a null constant, so that a comma before it stays right."""
    listed = [sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(name)) for name in names]
    return sql.SQL(", ").join(listed) if listed else sql.SQL("null")


def composed(query: str, parts: Parts | None, settings: Settings) -> sql.Composed:
    """The query with its parts in place: values quoted, `{policy}`, `{features}`, `{scores}` as their schemas."""
    given = {layer: sql.Identifier(settings.schema(layer)) for layer in LAYERS} | (parts or {})
    composables = {
        name: part if isinstance(part, sql.Composable) else sql.Literal(part) for name, part in given.items()
    }
    return sql.SQL(query).format(**composables)


def _plain(table: pa.Table) -> pa.Table:
    """Undo what ADBC marks but does not decode (opaque types arrive as their text)."""
    columns = []
    for column in table.columns:
        kind = column.type
        if isinstance(kind, pa.BaseExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], type=kind.storage_type)
        columns.append(column)
    return pa.table(columns, names=table.column_names)
