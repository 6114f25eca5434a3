"""dbt's own unit tests of the contact models: answers worked out by hand."""

from __future__ import annotations

from typing import Any

from recoup import transform

PATHS = (
    "intermediate/contact", "intermediate/collections", "intermediate/kpi", "policy", "features", "marts/collections",
    "marts/growth", "monitoring", "intermediate/leakage", "marts/revenue_leakage",
)  # fmt: skip


def test_every_answer_worked_out_by_hand_is_found(built_company: Any) -> None:
    chosen = [f"path:models/{path},test_type:unit" for path in PATHS]
    result = transform.run_dbt(["test", "--select", *chosen], built_company.settings)
    outcomes = list(getattr(result.result, "results", []))
    assert len(outcomes) >= 78, "unit tests went missing"
    assert {f"{o.node.name}: {o.message}" for o in outcomes if str(o.status) != "pass"} == set()
    assert result.success
