"""Schemas of their own, in which a question about another time is answered, and the quiet moment that it needs.

A schema lives as long as its `with` block and an advisory lock of the session that made it: what a killed process left
is told from what is in use by the lock being free.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import date

from psycopg import sql

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import Role
from recoup.warehouse.roles import role_name

_LOCK_CLASS = 0x73637261  # "scra"; the second key of the advisory lock is the schema's name
_ROUNDS = 3
_PATIENCE_SECONDS = 900
_MARK = """
select
    coalesce(max(run_id), 0),
    coalesce(max(as_of_date::text) filter (where status = 'running'), '')
from audit.run_ledger
where stage in ('build_staging', 'build_marts')
"""


def name(prefix: str, on: date) -> str:
    """A name that nobody else's schema has."""
    return f"{prefix}{on:%Y%m%d}_{secrets.token_hex(4)}"


def create(schema: str, settings: Settings, *, readers: tuple[Role, ...], writers: tuple[Role, ...] = ()) -> None:
    """Make a schema of the transformer's.

    Args:
        readers: May read every table that the transformer makes in it.
        writers: May make tables of their own in it, besides.
    """
    names = {
        "schema": sql.Identifier(schema),
        "owner": sql.Identifier(role_name("transformer")),
        "readers": sql.SQL(", ").join(sql.Identifier(role_name(role)) for role in (*readers, *writers)),
        "writers": sql.SQL(", ").join(sql.Identifier(role_name(role)) for role in writers),
    }
    statements = [
        "create schema {schema} authorization {owner}",
        "set local role {owner}",
        "grant usage on schema {schema} to {readers}",
        "alter default privileges for role {owner} in schema {schema} grant select on tables to {readers}",
    ]
    if writers:
        statements.append("grant create on schema {schema} to {writers}")
    with warehouse.connect("admin", settings, settings.database) as admin:
        # The transformer may not make schemas: that a new one appears is the administrator's act, and this one's alone.
        for statement in statements:
            admin.execute(sql.SQL(statement).format(**names))


def drop(schema: str, settings: Settings) -> None:
    """Drop a schema and whatever anybody made in it; one that is gone already is no error."""
    with warehouse.connect("transformer", settings) as connection:
        connection.execute("set local client_min_messages = warning")
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))


def existing(prefix: str, settings: Settings) -> list[str]:
    """Schemas of the transformer's that begin with `prefix`, in order."""
    with warehouse.connect("transformer", settings) as connection:
        rows = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, %s) and nspowner = current_role::regrole"
            " order by nspname",
            [prefix],
        ).fetchall()
    return [schema for (schema,) in rows]


@contextlib.contextmanager
def borrowed(
    prefix: str, on: date, settings: Settings, *, readers: tuple[Role, ...], writers: tuple[Role, ...] = ()
) -> Iterator[str]:
    """A schema for the length of a `with` block; whatever of `prefix` a killed process left goes first."""
    schema = name(prefix, on)
    with warehouse.connect("transformer", settings, autocommit=True) as holder:
        holder.execute("select pg_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, schema])
        for left in existing(prefix, settings):
            free = holder.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, left]).fetchone()
            if free == (True,):
                drop(left, settings)
                holder.execute("select pg_advisory_unlock(%s, hashtext(%s))", [_LOCK_CLASS, left])
        create(schema, settings, readers=readers, writers=writers)
        try:
            yield schema
        finally:
            drop(schema, settings)


def build_undisturbed(build: Callable[[], object], settings: Settings, subject: str) -> None:
    """Build, and again where a run changed the ledger underneath: half of two states is no answer.

    Args:
        build: May run several times; each run replaces what the one before it wrote.
        subject: What was asked for, for the message.

    Raises:
        RecoupError: A run is building all the while; or what `build` raised over a ledger that stood still.
    """
    for _ in range(_ROUNDS):
        before = _quiet_mark(settings)
        error: RecoupError | None = None
        try:
            build()
        except RecoupError as raised:
            error = raised
        if _mark(settings) == (before, ""):
            if error:
                raise error
            return
    raise RecoupError(f"A run kept building the ledger while {subject} was asked for: ask again later.")


def _quiet_mark(settings: Settings) -> int:
    """Number of the newest build, once none is under way."""
    waited = 0.0
    while True:
        newest, running = _mark(settings)
        if not running:
            return newest
        if waited >= _PATIENCE_SECONDS:
            raise RecoupError(
                f"The build of {running} has been under way for {waited / 60:.0f} minutes: see `recoup status`; if its "
                "process died, run that day again."
            )
        time.sleep(1.0)
        waited += 1.0


def _mark(settings: Settings) -> tuple[int, str]:
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(_MARK).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])
