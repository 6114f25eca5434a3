"""Histories read back from the raw tables: what the sources said of each person, in the oracle's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql

from .history import (
    Account,
    Attempt,
    Company,
    Consent,
    Debt,
    Dispute,
    History,
    Invoice,
    Party,
    Point,
    Scrub,
    Status,
)
from .tables import KEYS, feeds_of

Rows = dict[str, list[dict[str, Any]]]


def recorded_histories(
    connection: Connection[Any], company: Company, dispositions: dict[str, str], person_ids: Iterable[str]
) -> dict[str, History]:
    """One history a person, with those who share an account; payments are left out.

    Args:
        dispositions: Canonical disposition by the source's own code.
    """
    rows = {name: _newest(connection, name) for name in KEYS if name not in ("persons", "payments", "applications")}
    by_person = {name: _by(rows[name], "person_id") for name in ("account_parties", "contact_points", "attempts")}
    by_account = {name: _by(rows[name], "account_id") for name in ("account_parties", "accounts", "debts", "invoices")}
    statuses = {column: _by(rows["status_events"], column) for column in ("person_id", "account_id", "debt_id")}
    consents = {column: _by(rows["consents"], column) for column in ("person_id", "contact_point_id")}
    scrubs, disputes = _by(rows["number_scrubs"], "contact_point_id"), _by(rows["disputes"], "invoice_id")
    histories = {}
    for person_id in person_ids:
        account_ids = {row["account_id"] for row in by_person["account_parties"][person_id]}
        parties = [row for account_id in account_ids for row in by_account["account_parties"][account_id]]
        persons = [person_id, *sorted({row["person_id"] for row in parties} - {person_id})]
        debts = [row for account_id in account_ids for row in by_account["debts"][account_id]]
        invoices = [row for account_id in account_ids for row in by_account["invoices"][account_id]]
        invoices = [row for row in invoices if row["invoice_id"] in disputes]
        points = [row for one in persons for row in by_person["contact_points"][one]]
        said = [row for one in persons for row in statuses["person_id"][one]]
        said += [row for account_id in account_ids for row in statuses["account_id"][account_id]]
        said += [row for debt in debts for row in statuses["debt_id"][debt["debt_id"]]]
        agreed = [row for one in persons for row in consents["person_id"][one]]
        agreed += [row for point in points for row in consents["contact_point_id"][point["contact_point_id"]]]
        histories[person_id] = History(
            company,
            tuple(persons),
            tuple(
                Account(row["account_id"], row["opened_on"], row["region"])
                for account_id in account_ids
                for row in by_account["accounts"][account_id]
            ),
            tuple(Party(r["account_id"], r["person_id"], r["role"], r["from_on"], r["to_on"]) for r in parties),
            tuple(
                Debt(r["debt_id"], r["account_id"], r["collector_role"], r["group_key"], r["kind"], r["default_on"])
                for r in debts
            ),
            tuple(_point(row) for row in points),
            tuple({_consent(row): None for row in agreed}),
            tuple({_status(row): None for row in said}),
            tuple(_attempt(row, dispositions) for one in persons for row in by_person["attempts"][one]),
            tuple(
                Invoice(r["invoice_id"], r["account_id"], r["debt_id"], r["issued_on"], r["total_cents"])
                for r in invoices
            ),
            tuple(
                Dispute(d["dispute_id"], d["invoice_id"], d["opened_at"], d["closed_at"], d["kind"])
                for r in invoices
                for d in disputes[r["invoice_id"]]
            ),
            tuple(
                Scrub(s["contact_point_id"], s["list"], s["state"], s["checked_at"])
                for point in points
                for s in scrubs[point["contact_point_id"]]
            ),
        )
    return histories


def _newest(connection: Connection[Any], name: str) -> list[dict[str, Any]]:
    """The newest version of every row of an entity, over the feeds that may deliver it."""
    found: dict[str, dict[str, Any]] = {}
    for feed in feeds_of(name):
        cursor = connection.execute(
            sql.SQL("select * from {} order by _known_at").format(sql.Identifier(f"raw_{feed}", name))
        )
        columns = [column.name for column in cursor.description or ()]
        for values in cursor:
            row = dict(zip(columns, values, strict=True))
            if row["_key"] not in found or found[row["_key"]]["_known_at"] <= row["_known_at"]:
                found[row["_key"]] = row
    return list(found.values())


def _by(rows: list[dict[str, Any]], column: str) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row[column] is not None:
            found[row[column]].append(row)
    return found


def _point(row: dict[str, Any]) -> Point:
    return Point(
        row["contact_point_id"],
        row["person_id"],
        row["medium"],
        row["type"],
        row["postal_code"],
        row["area_code"],
        row["verified_at"],
        row["valid_from"],
        row["valid_to"],
    )


def _consent(row: dict[str, Any]) -> Consent:
    return Consent(
        row["medium"],
        row["purpose"],
        row["state"],
        row["at"],
        row["contact_point_id"] or None,
        row["person_id"] or None,
    )


def _status(row: dict[str, Any]) -> Status:
    return Status(
        row["status"],
        row["from_at"],
        row["to_at"],
        row["person_id"] or None,
        row["account_id"] or None,
        row["debt_id"] or None,
        row["detail"],
    )


def _attempt(row: dict[str, Any], dispositions: dict[str, str]) -> Attempt:
    return Attempt(
        row["attempt_id"],
        row["person_id"],
        row["contact_point_id"],
        row["channel"],
        row["started_at"],
        row["direction"],
        None if row["debt_ids"] is None else tuple(row["debt_ids"]),
        dispositions.get(row["disposition_raw"], "unmapped"),
        row["connected"],
        row["human"],
        row["right_party"],
        row["conversation"],
        row["talk_seconds"],
    )
