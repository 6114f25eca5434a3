from __future__ import annotations

import pytest

from recoup_audit import stages

LAYERS = {
    "raw_ledger": stages.audit_billing_ledger,
    "raw_contact": stages.audit_contact_center,
    "proposed_lists": stages.audit_lists,
}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_good_day_passes_every_expectation(good_day, layer: str) -> None:
    counts = LAYERS[layer](good_day.day, good_day.settings)
    assert good_day.failures(layer) == set()
    assert counts["failed_critical"] == counts["failed_warning"] == 0
    assert counts["expectations"] > 30
