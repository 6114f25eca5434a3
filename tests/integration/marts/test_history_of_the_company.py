"""Every equation of the aging on every day of the company's history."""

from __future__ import annotations

from typing import Any

from recoup import transform, warehouse


def test_the_aging_equations_hold_on_every_day_of_the_company(company_run: Any) -> None:
    with warehouse.connect("transformer", company_run.settings) as connection:
        row = connection.execute(
            "select max(effective_on) - min(effective_on), count(*) from intermediate.int_ledger__entries"
        ).fetchone()
    assert row is not None
    assert row[0] > 300, "the history is too short to be called one"
    assert row[1] > 50_000
    assert transform.check_history(company_run.day, company_run.settings)["tests"] >= 2
