"""Each kind of rule at its edge, on histories of a few rows."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from recoup.settings import Settings

history: Any = sys.modules["raw_history"]


def test_an_hour_opens_at_eight_on_the_wall_clock(ruled: Settings) -> None:
    history.put(
        ruled,
        {
            "persons": [{"person_id": "P1"}],
            "accounts": [{"account_id": "A1"}],
            "account_parties": [{"account_id": "A1", "person_id": "P1"}],
            "debts": [{"debt_id": "D1", "account_id": "A1"}],
            "invoices": [{"invoice_id": "I1", "account_id": "A1", "debt_id": "D1"}],
            "contact_points": [
                {"contact_point_id": "C1", "person_id": "P1", "postal_code": "10001", "area_code": "212"}
            ],
            "status_events": [
                {"person_id": "P1", "status": "validation_sent", "from_at": datetime(2025, 12, 1, tzinfo=UTC)}
            ],
        },
    )
    opens = datetime(2026, 3, 31, 12, tzinfo=UTC)
    before, after = history.judge(
        ruled,
        [
            history.Question("P1", ["D1"], "C1", "voice", "collection", opens.replace(hour=11, minute=59)),
            history.Question("P1", ["D1"], "C1", "voice", "collection", opens),
        ],
    )
    assert (before.rule_ids, before.blocked_until) == ({"REGF_HOURS"}, opens)
    assert (after.is_allowed, after.owed_cents, after.attempts_remaining) == (True, 10_000, 7)
