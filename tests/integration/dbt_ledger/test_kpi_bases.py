"""What KPIs are made of, kept up batch by batch: the same as built at once, and the same again for a day long past."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from recoup import transform
from recoup.day import Day

ZONE = "America/New_York"
FIRST, SECOND, THIRD = (Day.closing(date(2026, 3, on), ZONE) for on in (10, 11, 12))
MAINTAINED = ("int_invoices__unpaid_intervals", "int_payments__attempted")
SPELLS = "select account_id, began_on, ended_on, is_resolved from intermediate.int_accounts__past_due_spells"


def _at(on: int, month: int = 3) -> datetime:
    return datetime(2026, month, on, 17, tzinfo=UTC)


def _invoice(number: str, account: str, due_on: date, **values: Any) -> dict[str, Any]:
    return {
        "invoice_id": number, "account_id": account, "currency": "USD", "issued_on": date(2026, 2, 1), "due_on": due_on,
        "status": "open", "total_cents": 1000, "source_recorded_at": _at(1, 2), **values,
    }  # fmt: skip


def _payment(number: str, account: str, on: int, status: str, **values: Any) -> dict[str, Any]:
    settled = None if status == "failed" else _at(on)
    return {
        "payment_id": number, "account_id": account, "currency": "USD", "amount_cents": 1000, "method": "card",
        "status": status, "attempted_at": _at(on), "settled_at": settled, "source_recorded_at": _at(on), **values,
    }  # fmt: skip


def _applied(number: str, payment: str, invoice: str, on: int) -> dict[str, Any]:
    return {
        "application_id": number, "payment_id": payment, "invoice_id": invoice, "amount_cents": 1000,
        "applied_on": date(2026, 3, on), "source_recorded_at": _at(on),
    }  # fmt: skip


BATCHES = (
    (FIRST, {
        "accounts": [
            {"account_id": account, "product": "gas", "currency": "USD", "status": "open",
             "opened_on": date(2026, 1, 1)}
            for account in ("A1", "A2", "A3")
        ],
        "invoices": [
            _invoice("I1", "A1", date(2026, 2, 20)), _invoice("I2", "A2", date(2026, 2, 25)),
            _invoice("I3", "A3", date(2026, 3, 5)),
        ],
        "payments": [
            _payment("P1", "A1", 2, "failed", decline_code="insufficient_funds"), _payment("P3", "A3", 8, "settled"),
        ],
        "applications": [_applied("X3", "P3", "I3", 8)],
    }),
    # A2 had paid on the 4th, which is learned now; I3 was due later than we thought, so it was paid in time.
    (SECOND, {
        "invoices": [_invoice("I3", "A3", date(2026, 3, 20), source_recorded_at=_at(11))],
        "payments": [
            _payment("P2", "A2", 4, "settled"),
            _payment("P4", "A1", 5, "failed", retry_of="P1", decline_code="lost_card"),
        ],
        "applications": [_applied("X2", "P2", "I2", 4)],
    }),
    # A2's money goes back; A1's third attempt pays.
    (THIRD, {
        "payments": [
            _payment("P2", "A2", 4, "returned", source_recorded_at=_at(12)),
            _payment("P5", "A1", 12, "settled", retry_of="P4"),
        ],
        "applications": [_applied("X5", "P5", "I1", 12)],
    }),
)  # fmt: skip


def _build(ledger: Any, day: Day, *, full_refresh: bool = False) -> None:
    transform.build("ledger_staging", day, ledger.settings, full_refresh=full_refresh)
    transform.build("kpi_bases", day, ledger.settings, full_refresh=full_refresh)


def _rows(ledger: Any, table: str) -> Counter[str]:
    return Counter(
        text for (text,) in ledger.query(f"select (to_jsonb(t) - '_batch_id')::text from intermediate.{table} as t")
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(ledger: Any) -> Iterator[tuple[Any, dict[Day, Counter[Any]]]]:
    """The ledger after its batches, and the spells as each day's run found them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            transform.SELECTIONS,
            "kpi_bases",
            ("decline_code_map", "cancel_reasons", "path:models/intermediate/ledger", "path:models/intermediate/kpi"),
        )
        found = {}
        for day, rows in BATCHES:
            ledger.land(day, rows)
            _build(ledger, day)
            found[day] = Counter(ledger.query(SPELLS))
        yield ledger, found


def test_each_day_knows_the_spells_that_it_could_know(built: Any) -> None:
    _, found = built
    a1, a2 = ("A1", date(2026, 2, 21)), ("A2", date(2026, 2, 26))
    assert found[FIRST] == Counter(
        [(*a1, None, False), (*a2, None, False), ("A3", date(2026, 3, 6), date(2026, 3, 8), True)]
    )
    assert found[SECOND] == Counter([(*a1, None, False), (*a2, date(2026, 3, 4), True)])
    assert found[THIRD] == Counter(
        [(*a1, date(2026, 3, 12), True), (*a2, date(2026, 3, 4), True), ("A2", date(2026, 3, 12), None, False)]
    )


def test_retries_are_counted_from_the_first_failure(built: Any) -> None:
    ledger, _ = built
    rows = ledger.query(
        "select payment_id, retry_number, retried_decline_class from intermediate.int_payments__attempted"
        " where known_to is null and (retry_number > 0 or payment_id = 'P1') order by payment_id"
    )
    assert rows == [("P1", 0, None), ("P4", 1, "soft"), ("P5", 2, "hard")]


def test_a_day_long_past_is_found_again_from_what_it_knew(built: Any) -> None:
    ledger, found = built
    for day in (FIRST, SECOND, THIRD):
        values = {**transform.dbt_vars(day, ledger.settings), "known_at": day.recorded_at.isoformat()}
        result = transform.run_dbt(
            ["run", "--select", "int_invoices__current", "int_accounts__past_due_spells",
             "--vars", json.dumps(values)],
            ledger.settings,
        )  # fmt: skip
        assert result.success
        assert Counter(ledger.query(SPELLS)) == found[day], day.as_of_date


def test_batch_by_batch_is_the_same_as_all_at_once(built: Any) -> None:
    ledger, _ = built
    step_by_step = {table: _rows(ledger, table) for table in MAINTAINED}
    assert all(step_by_step.values())
    _build(ledger, THIRD, full_refresh=True)
    assert {table: _rows(ledger, table) for table in MAINTAINED} == step_by_step
