"""Where the engine rests between two calls: its arrays and its parameters, in the truth database."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.synthetic.profile import Profile
from recoup.synthetic.store import Connection, copy_in
from recoup.synthetic.truth import DDL, truth_tables
from recoup.synthetic.world import World, day_number, new_world
from recoup.warehouse import connect

TRUTH = "truth"
# the profile is json, not jsonb: the order of its keys is the engine's order of classes, and jsonb forgets it
_TABLES = """
create table company (
    parameters jsonb not null, profile json not null, last_day date not null, counters jsonb not null
);
create table engine_state (name text primary key, dtype text not null, shape integer[] not null, data bytea not null);
"""


@dataclass(frozen=True)
class Parameters:
    """What a company was made from; equal parameters give equal rows.

    Attributes:
        version: Digest of the engine's own code.
    """

    as_of_date: str
    start_on: str
    go_live_on: str
    customers: int
    months: int
    seed: int
    time_zone: str
    version: str


def open_truth(settings: Settings) -> Connection:
    """Connect to the truth database as the company, who alone may."""
    return connect("company", settings, settings.source_database(TRUTH))


def saved(connection: Connection) -> tuple[Parameters, Profile, date] | None:
    """Parameters, profile and last day of the company that stands; None if there is none."""
    if connection.execute("select to_regclass('public.company')").fetchone() == (None,):
        return None
    row = connection.execute("select parameters, profile, last_day from company").fetchone()
    if row is None:
        return None
    try:
        return Parameters(**row[0]), Profile.model_validate(row[1]), row[2]
    except (TypeError, ValueError):
        return None


def recreate(connection: Connection) -> None:
    """Empty the truth database."""
    connection.execute("set local client_min_messages = warning")
    for name in ("persons", "accounts", "leaks", "breaches", "company", "engine_state"):
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(name)))
    for statement in (DDL + _TABLES).split(";"):
        if statement.strip():
            connection.execute(statement.encode())


def save(connection: Connection, parameters: Parameters, world: World, last_day: date) -> None:
    """Write the newest truth and the engine's arrays; the caller commits."""
    counts = {
        name: connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
        for name in ("persons", "accounts")
    }
    firsts = {name: int(row[0]) for name, row in counts.items() if row}
    connection.execute("truncate leaks, breaches")  # a leak's end may be other than its beginning
    for name, table in truth_tables(world, firsts["persons"], firsts["accounts"]).items():
        columns = [
            row[0]
            for row in connection.execute(
                "select column_name from information_schema.columns where table_name = %s order by ordinal_position",
                [name],
            )
        ]
        copy_in(connection, sql.Identifier(name), columns, table)
    connection.execute("delete from company")
    connection.execute(
        "insert into company values (%s, %s, %s, %s)",
        [Jsonb(asdict(parameters)), world.profile.model_dump_json(), last_day, Jsonb(world.counters)],
    )
    connection.execute("truncate engine_state")
    with connection.cursor() as cursor, cursor.copy("copy engine_state from stdin (format binary)") as copy:
        copy.set_types(["text", "text", "int4[]", "bytea"])
        for table_name, table in world.tables.items():
            for column, array in table.arrays().items():
                data = zlib.compress(np.ascontiguousarray(array).tobytes(), level=1)
                copy.write_row((f"{table_name}.{column}", array.dtype.str, list(array.shape), data))


def load(connection: Connection) -> tuple[Parameters, World, date]:
    """The company as it was saved.

    Raises:
        RecoupError: There is none, or another version of the engine made it.
    """
    try:
        found = saved(connection)
    except psycopg.errors.UndefinedTable:
        found = None
    if found is None:
        raise RecoupError("There is no synthetic company yet: run `recoup company create` first.")
    parameters, profile, last_day = found
    world = new_world(
        profile, parameters.seed, parameters.time_zone, day_number(last_day) + 1,
        day_number(date.fromisoformat(parameters.go_live_on)),
    )  # fmt: skip
    arrays: dict[str, Any] = {}
    for name, dtype, shape, data in connection.execute("select name, dtype, shape, data from engine_state"):
        arrays[name] = np.frombuffer(zlib.decompress(data), dtype=np.dtype(dtype)).reshape(shape)
    for table_name, table in world.tables.items():
        try:
            table.restore({column: arrays[f"{table_name}.{column}"] for column in table.arrays()})
        except KeyError as missing:
            raise RecoupError(
                f"The synthetic company was made by another version ({missing} is missing): make it anew with "
                "`recoup company create`."
            ) from None
    row = connection.execute("select counters from company").fetchone()
    world.counters.update(row[0] if row else {})
    return parameters, world, last_day
