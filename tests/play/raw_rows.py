"""Histories of the oracle written straight into the raw tables, as landing would have stored them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from oracle.history import Attempt, Consent, History, Status
from psycopg import sql

from recoup import warehouse
from recoup.entities import FEEDS, Feed, entity
from recoup.landing.ddl import raw_schema, stored_columns
from recoup.settings import Settings


def write(settings: Settings, histories: Iterable[History], recorded_at: datetime, *, as_of_date: Any) -> None:
    """Store histories as one finished batch of each feed.

    Args:
        recorded_at: Clock of the batches; a later call with the same rows makes newer versions of them.
    """
    rows: dict[tuple[Feed, str], list[dict[str, Any]]] = {}
    for history in histories:
        for place, found in rows_of(history).items():
            rows.setdefault(place, []).extend(found)
    store(settings, rows, recorded_at, as_of_date=as_of_date)


def store(
    settings: Settings, rows: dict[tuple[Feed, str], list[dict[str, Any]]], recorded_at: datetime, *, as_of_date: Any
) -> None:
    """Store rows by feed and entity as one finished batch of each feed."""
    with warehouse.connect("loader", settings) as connection:
        batches = {feed: open_batch(connection, feed, as_of_date, recorded_at) for feed in FEEDS}
        for (feed, name), found in rows.items():
            add(connection, feed, name, found, batches[feed], recorded_at)
        for feed, batch_id in batches.items():
            finish_batch(connection, feed, batch_id)


def open_batch(connection: Any, feed: Feed, as_of_date: Any, recorded_at: datetime) -> int:
    """Begin a batch; it counts as pulled once it is finished."""
    row = connection.execute(
        sql.SQL(
            "insert into {} (feed, as_of_date, recorded_at, is_first) values (%s, %s, %s, false) returning batch_id"
        ).format(sql.Identifier(raw_schema(feed), "batches")),
        [feed, as_of_date, recorded_at],
    ).fetchone()
    assert row is not None
    return int(row[0])


def finish_batch(connection: Any, feed: Feed, batch_id: int) -> None:
    """Say that everything has been pulled, the contact log among it."""
    if feed == "contact":
        connection.execute(
            "insert into raw_contact.manifest (batch_id, entity, read_rows, loaded_rows, held_rows, rejected_rows)"
            " values (%s, 'attempts', 0, 0, 0, 0)",
            [batch_id],
        )
    connection.execute(
        sql.SQL("update {} set finished_at = recorded_at where batch_id = %s").format(
            sql.Identifier(raw_schema(feed), "batches")
        ),
        [batch_id],
    )


def add(
    connection: Any, feed: Feed, name: str, found: list[dict[str, Any]], batch_id: int, recorded_at: datetime
) -> None:
    """Add rows to a batch, known from `recorded_at` on."""
    e = entity(name)
    columns = [column.name for column in stored_columns(e)]
    technical = ["_key", "_batch_id", "source_recorded_at", "_recorded_at", "_known_at", "_row_hash"]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(raw_schema(feed), name), sql.SQL(", ").join(map(sql.Identifier, [*columns, *technical]))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in found:
            key = "|".join("" if row.get(part) is None else str(row[part]) for part in e.key)
            values = [row.get(column) for column in columns]
            copy.write_row([*values, key, batch_id, recorded_at, recorded_at, recorded_at, "x"])


def rows_of(history: History) -> dict[tuple[Feed, str], list[dict[str, Any]]]:
    """The rows of one history by feed and entity."""
    return {
        ("ledger", "accounts"): [
            {"account_id": a.account_id, "product": "p", "currency": "USD", "status": "active",
             "opened_on": a.opened_on, "region": a.region}
            for a in history.accounts
        ],
        ("ledger", "account_parties"): [
            {"account_id": p.account_id, "person_id": p.person_id, "role": p.role, "from_on": p.from_on,
             "to_on": p.to_on}
            for p in history.parties
        ],
        ("ledger", "debts"): [
            {"debt_id": d.debt_id, "account_id": d.account_id, "kind": d.kind, "collector_role": d.role,
             "group_key": d.group_key, "default_on": d.default_on}
            for d in history.debts
        ],
        ("ledger", "invoices"): [
            {"invoice_id": i.invoice_id, "account_id": i.account_id, "debt_id": i.debt_id, "currency": "USD",
             "issued_on": i.issued_on, "status": "open", "total_cents": i.total_cents}
            for i in history.invoices
        ],
        ("ledger", "disputes"): [
            {"dispute_id": d.dispute_id, "invoice_id": d.invoice_id, "kind": d.kind, "amount_cents": 1,
             "opened_at": d.opened_at, "closed_at": d.closed_at}
            for d in history.disputes
        ],
        ("contact", "contact_points"): [
            {"contact_point_id": p.point_id, "person_id": p.person_id, "medium": p.medium, "type": p.type,
             "postal_code": p.postal_code, "area_code": p.area_code, "verified_at": p.verified_at,
             "valid_from": p.valid_from, "valid_to": p.valid_to}
            for p in history.points
        ],
        ("contact", "status_events"): [
            status_row(s)
            for s in _one_a_key(history.statuses, lambda s: (s.person_id, s.account_id, s.debt_id, s.status, s.from_at))
        ],
        ("contact", "consents"): [
            consent_row(c)
            for c in _one_a_key(history.consents, lambda c: (c.point_id, c.person_id, c.medium, c.purpose, c.at))
        ],
        ("contact", "attempts"): [attempt_row(attempt) for attempt in history.attempts],
        ("ledger", "persons"): [{"person_id": person_id, "kind": "natural"} for person_id in history.persons],
    }  # fmt: skip


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """One contact as the log holds it."""
    return {
        "attempt_id": attempt.attempt_id, "person_id": attempt.person_id, "contact_point_id": attempt.point_id,
        "debt_ids": None if attempt.debt_ids is None else list(attempt.debt_ids), "channel": attempt.channel,
        "direction": attempt.direction, "started_at": attempt.started_at, "connected": attempt.connected,
        "human": attempt.human, "right_party": attempt.right_party, "conversation": attempt.conversation,
        "talk_seconds": attempt.talk_seconds, "disposition_raw": attempt.disposition,
    }  # fmt: skip


def status_row(status: Status) -> dict[str, Any]:
    """One status event as a feed holds it."""
    return {
        "person_id": status.person_id, "account_id": status.account_id, "debt_id": status.debt_id,
        "status": status.status, "from_at": status.from_at, "to_at": status.to_at, "detail": status.detail,
    }  # fmt: skip


def consent_row(consent: Consent) -> dict[str, Any]:
    """One statement as the contact center holds it."""
    return {
        "contact_point_id": consent.point_id, "person_id": consent.person_id, "medium": consent.medium,
        "purpose": consent.purpose, "state": consent.state, "at": consent.at,
    }  # fmt: skip


def _one_a_key(facts: Sequence[Any], key: Any) -> list[Any]:
    """The last of each key: a source's table holds one row a key."""
    return list({key(fact): fact for fact in facts}.values())
