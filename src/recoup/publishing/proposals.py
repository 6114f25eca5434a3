"""The three proposed lists of a day, and the fingerprint that says whether they are still those that were audited."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings
from recoup.warehouse import Role

PROPOSALS_LAYER = "proposed_lists"
"""Layer of `audit.validation_runs` that publishing asks for."""

LISTS: tuple[str, ...] = ("contact_priority", "best_time_to_contact", "excluded")
"""Tables of `lists`; each is proposed in `scores.proposed_<table>`."""

Connection = psycopg.Connection[tuple[Any, ...]]


def pin_text_settings(connection: Connection) -> None:
    """Fix what the text of an instant or a float depends on, for this transaction: a hash is the same everywhere."""
    connection.execute("set local timezone = 'UTC'")
    connection.execute("set local datestyle = 'ISO, YMD'")
    connection.execute("set local extra_float_digits = 1")


def proposals_fingerprint(day: Day, settings: Settings, role: Role) -> str:
    """SHA-256 over all proposed rows of the list date, in hexadecimal, as `role` sees them now."""
    with warehouse.connect(role, settings) as connection:
        # One snapshot: the three lists are read as of one instant.
        connection.execute("set transaction isolation level repeatable read")
        return fingerprint(connection, day)


def fingerprint(connection: Connection, day: Day) -> str:
    """SHA-256 over all proposed rows of the list date, in hexadecimal, within the caller's transaction."""
    pin_text_settings(connection)
    rows = sql.SQL(" union all ").join(
        sql.SQL(
            "select {part} || encode(sha256(convert_to(to_jsonb(p)::text, 'UTF8')), 'hex') as row_hash"
            " from {table} as p where list_date = {list_date}"
        ).format(
            part=sql.Literal(f"{name}:"),
            table=sql.Identifier("scores", f"proposed_{name}"),
            list_date=sql.Literal(day.list_date),
        )
        for name in LISTS
    )
    row = connection.execute(
        sql.SQL(
            "select encode(sha256(convert_to(coalesce(string_agg(row_hash, ',' order by row_hash), ''), 'UTF8')),"
            " 'hex') from ({}) as proposed"
        ).format(rows)
    ).fetchone()
    assert row is not None
    return str(row[0])
