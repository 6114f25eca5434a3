"""Histories as the sources' rows, written into the raw tables by COPY: many histories in one load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from psycopg import Connection, sql

from .history import Company, History

Row = dict[str, Any]
KEYS = {
    "persons": ("person_id",),
    "accounts": ("account_id",),
    "account_parties": ("account_id", "person_id", "role", "from_on"),
    "debts": ("debt_id",),
    "invoices": ("invoice_id",),
    "payments": ("payment_id",),
    "applications": ("application_id",),
    "disputes": ("dispute_id",),
    "contact_points": ("contact_point_id",),
    "status_events": ("person_id", "account_id", "debt_id", "status", "from_at"),
    "consents": ("contact_point_id", "person_id", "medium", "purpose", "at"),
    "attempts": ("attempt_id",),
    "number_scrubs": ("contact_point_id", "list", "checked_at"),
}
CONTACT = ("consents", "attempts", "number_scrubs")
EITHER = ("contact_points", "status_events")
KNOWN_AT = datetime(2015, 1, 1, tzinfo=UTC)


def clear(connection: Connection[Any]) -> None:
    """Empty the raw tables and batches."""
    tables = [sql.Identifier(f"raw_{feed}", name) for name in KEYS for feed in feeds_of(name)]
    tables += [sql.Identifier(f"raw_{feed}", "batches") for feed in ("ledger", "contact")]
    connection.execute(sql.SQL("truncate {} cascade").format(sql.SQL(", ").join(tables)))


def load(connection: Connection[Any], company: Company, histories: Iterable[History], *, analyze: bool = True) -> None:
    """Write a company's feeds and the rows of many histories. Every tenth row has an older, misleading version."""
    ledger = _batch(connection, "ledger", date(2199, 12, 31))
    contact = None if company.feed_until is None else _batch(connection, "contact", company.feed_until)
    batches = {"ledger": ledger, "contact": contact or ledger}
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for history in histories:
        for name, row in rows_of(history):
            key = "|".join("" if row[part] is None else str(row[part]) for part in KEYS[name])
            digest = crc32(key.encode())
            feeds = feeds_of(name)
            feed = feeds[digest % len(feeds)]
            kept = {**row, "_key": key, "_batch_id": batches[feed], "_known_at": KNOWN_AT}
            rows[feed, name].append(kept)
            if digest % 10 == 0 and (older := _misleading(name, row)):
                rows[feed, name].append({**older, "_key": key, "_batch_id": batches[feed], "_known_at": LEARNED_BEFORE})
    for (feed, name), found in rows.items():
        table = sql.Identifier(f"raw_{feed}", name)
        _copy(connection, table, found)
        if analyze:
            connection.execute(sql.SQL("analyze {}").format(table))


LEARNED_BEFORE = KNOWN_AT - timedelta(days=1)


def feeds_of(name: str) -> tuple[str, ...]:
    if name in CONTACT:
        return ("contact",)
    return ("ledger", "contact") if name in EITHER else ("ledger",)


def _batch(connection: Connection[Any], feed: str, as_of_date: date) -> int:
    row = connection.execute(
        sql.SQL(
            "insert into {} (feed, as_of_date, recorded_at, is_first, finished_at)"
            " values (%(feed)s, %(day)s, %(at)s, true, %(at)s)"
            " on conflict (recorded_at) do update set as_of_date = excluded.as_of_date returning batch_id"
        ).format(sql.Identifier(f"raw_{feed}", "batches")),
        {"feed": feed, "day": as_of_date, "at": datetime.combine(as_of_date, time(0), UTC) + timedelta(hours=36)},
    ).fetchone()
    assert row is not None
    if feed == "contact":
        connection.execute(
            "insert into raw_contact.manifest (batch_id, entity, read_rows, loaded_rows, held_rows, rejected_rows)"
            " values (%s, 'attempts', 0, 0, 0, 0) on conflict do nothing",
            row,
        )
    return int(row[0])


def _copy(connection: Connection[Any], table: sql.Identifier, rows: Sequence[Row]) -> None:
    columns = [*rows[0], "source_recorded_at", "_recorded_at", "_row_hash"]
    statement = sql.SQL("copy {} ({}) from stdin").format(table, sql.SQL(", ").join(map(sql.Identifier, columns)))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row([*row.values(), row["_known_at"], row["_known_at"], ""])


def _misleading(name: str, row: Row) -> Row | None:
    """What a source said first and took back: nobody may go by it."""
    if name == "attempts":
        return {**row, "disposition_raw": "busy", "debt_ids": None, "direction": "inbound", "conversation": True}
    if name == "contact_points":
        return {**row, "postal_code": "00000", "type": "work", "valid_to": KNOWN_AT}
    if name == "debts":
        return {**row, "group_key": "taken back", "collector_role": "first_party"}
    if name == "status_events":
        return {**row, "to_at": row["from_at"], "detail": "taken back"}
    if name == "consents":
        return {**row, "state": "refused"}
    if name == "accounts":
        return {**row, "region": "XX", "opened_on": date(2030, 1, 1)}
    return None


def rows_of(history: History) -> Iterator[tuple[str, Row]]:
    """(entity, row) of every fact, in the columns of the data contract."""
    yield from _ledger_rows(history)
    yield from _contact_rows(history)


def _ledger_rows(history: History) -> Iterator[tuple[str, Row]]:
    for person_id in history.persons:
        yield "persons", {"person_id": person_id, "kind": "natural", "created_at": KNOWN_AT}
    for account in history.accounts:
        yield (
            "accounts",
            {
                "account_id": account.account_id,
                "product": "loan",
                "region": account.region,
                "currency": "USD",
                "status": "active",
                "opened_on": account.opened_on,
            },
        )
    for party in history.parties:
        yield (
            "account_parties",
            {
                "account_id": party.account_id,
                "person_id": party.person_id,
                "role": party.role,
                "from_on": party.from_on,
                "to_on": party.to_on,
            },
        )
    for debt in history.debts:
        yield (
            "debts",
            {
                "debt_id": debt.debt_id,
                "account_id": debt.account_id,
                "kind": debt.kind,
                "collector_role": debt.role,
                "default_on": debt.default_on,
                "group_key": debt.group_key,
            },
        )
    for bill in history.invoices:
        yield (
            "invoices",
            {
                "invoice_id": bill.invoice_id,
                "account_id": bill.account_id,
                "debt_id": bill.debt_id,
                "currency": "USD",
                "issued_on": bill.issued_on,
                "due_on": bill.issued_on,
                "status": "open",
                "total_cents": bill.total_cents,
            },
        )
        if bill.applied_on is not None:
            paid_at = datetime(bill.applied_on.year, bill.applied_on.month, bill.applied_on.day, 18, tzinfo=UTC)
            yield (
                "payments",
                {
                    "payment_id": bill.invoice_id,
                    "account_id": bill.account_id,
                    "currency": "USD",
                    "amount_cents": bill.applied_cents,
                    "method": "card",
                    "status": "settled",
                    "attempted_at": paid_at,
                    "settled_at": paid_at,
                },
            )
            yield (
                "applications",
                {
                    "application_id": bill.invoice_id,
                    "payment_id": bill.invoice_id,
                    "invoice_id": bill.invoice_id,
                    "amount_cents": bill.applied_cents,
                    "applied_on": bill.applied_on,
                },
            )
    for dispute in history.disputes:
        yield (
            "disputes",
            {
                "dispute_id": dispute.dispute_id,
                "invoice_id": dispute.invoice_id,
                "kind": dispute.kind,
                "amount_cents": 1,
                "opened_at": dispute.opened_at,
                "closed_at": dispute.closed_at,
            },
        )


def _contact_rows(history: History) -> Iterator[tuple[str, Row]]:
    for point in history.points:
        yield (
            "contact_points",
            {
                "contact_point_id": point.point_id,
                "person_id": point.person_id,
                "medium": point.medium,
                "type": point.type,
                "postal_code": point.postal_code,
                "verified_at": point.verified_at,
                "valid_from": point.valid_from,
                "valid_to": point.valid_to,
                "area_code": point.area_code,
            },
        )
    for status in history.statuses:
        yield (
            "status_events",
            {
                "person_id": status.person_id,
                "account_id": status.account_id,
                "debt_id": status.debt_id,
                "status": status.status,
                "from_at": status.from_at,
                "to_at": status.to_at,
                "detail": status.detail,
            },
        )
    for consent in history.consents:
        yield (
            "consents",
            {
                "contact_point_id": consent.point_id,
                "person_id": consent.person_id,
                "medium": consent.medium,
                "purpose": consent.purpose,
                "state": consent.state,
                "at": consent.at,
            },
        )
    for attempt in history.attempts:
        yield (
            "attempts",
            {
                "attempt_id": attempt.attempt_id,
                "person_id": attempt.person_id,
                "contact_point_id": attempt.point_id,
                "debt_ids": None if attempt.debt_ids is None else list(attempt.debt_ids),
                "channel": attempt.channel,
                "direction": attempt.direction,
                "started_at": attempt.started_at,
                "connected": attempt.connected,
                "human": attempt.human,
                "right_party": attempt.right_party,
                "conversation": attempt.conversation,
                "talk_seconds": attempt.talk_seconds,
                "disposition_raw": attempt.disposition,
            },
        )
    for scrub in history.scrubs:
        yield (
            "number_scrubs",
            {
                "contact_point_id": scrub.point_id,
                "list": scrub.list,
                "state": scrub.state,
                "checked_at": scrub.checked_at,
            },
        )
