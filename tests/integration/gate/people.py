"""One debtor who may be called: what the tests of this folder add their facts to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

SENT = {"status": "validation_sent", "from_at": datetime(2025, 12, 1, tzinfo=UTC)}
NOON = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
"""A Tuesday, noon in New York."""


def debtor(
    person_id: str = "P1", *, debts: tuple[str, ...] = ("D1",), points: tuple[str, ...] = ("C1",), **facts: Any
) -> dict[str, list[dict[str, Any]]]:
    """Rows of a person in New York who owes 100.00 on each debt and has a phone for each point; validation was sent.

    Args:
        facts: Rows of more entities, by name; they come after the person's own.
    """
    account_id = f"A-{person_id}"
    rows: dict[str, list[dict[str, Any]]] = {
        "persons": [{"person_id": person_id}],
        "accounts": [{"account_id": account_id}],
        "account_parties": [{"account_id": account_id, "person_id": person_id}],
        "debts": [{"debt_id": debt, "account_id": account_id} for debt in debts],
        "invoices": [{"invoice_id": f"I-{debt}", "account_id": account_id, "debt_id": debt} for debt in debts],
        "contact_points": [
            {"contact_point_id": point, "person_id": person_id, "postal_code": "10001", "area_code": "212"}
            for point in points
        ],
        "status_events": [{"person_id": person_id, **SENT}],
    }
    for name, entries in facts.items():
        rows[name] = [*rows.get(name, []), *entries]
    return rows


def calls(count: int, at: datetime, person_id: str = "P1", **columns: Any) -> list[dict[str, Any]]:
    """Rows of `count` unanswered calls that began at `at`, about D1."""
    return [
        {
            "attempt_id": f"T-{person_id}-{at:%m%d%H%M%S}-{number}", "person_id": person_id, "contact_point_id": "C1",
            "debt_ids": ["D1"], "started_at": at, **columns,
        }
        for number in range(count)
    ]  # fmt: skip
