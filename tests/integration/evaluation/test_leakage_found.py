"""What the pipeline finds in the made-up company is what was put in, cause by cause. The long version: tests/prove."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from recoup.errors import RecoupError
from recoup.evaluation.comparison import CauseFigures, Comparison, compare
from recoup.synthetic.profile import LEAK_CAUSES

FLOOR = 0.95
LOWER = {
    # most of what is written off was a leak of an earlier cause before, whose event has its money
    "written_off_collectable": 0.4,
}
BY_SCORE = "written_off_collectable"
"""Found by what was paid afterwards, and by a score, which the truth knows nothing of: only its recall has a floor."""


@pytest.fixture(scope="module")
def found(company_run: Any) -> Comparison:
    return compare(company_run.settings, company_run.day.as_of_date)


@pytest.fixture(scope="module")
def figures(found: Comparison) -> dict[str, CauseFigures]:
    return {figure.cause: figure for figure in found.causes}


def test_no_cause_is_left_out_and_lookalikes_outnumber_leaks(figures: dict[str, CauseFigures]) -> None:
    assert tuple(figures) == LEAK_CAUSES
    for cause, figure in figures.items():
        assert figure.leaks > 0, cause
        assert figure.innocents > figure.leaks, cause


@pytest.mark.parametrize("cause", LEAK_CAUSES)
def test_leaks_are_found_and_lookalikes_are_not(
    cause: str, figures: dict[str, CauseFigures], found: Comparison
) -> None:
    figure, floor = figures[cause], LOWER.get(cause, FLOOR)
    shown = [mismatch for mismatch in found.mismatches if mismatch.cause == cause][:5]
    assert figure.recall is not None
    assert figure.recall >= floor, shown
    if cause != BY_SCORE:
        assert figure.precision is not None
        assert figure.precision >= floor, shown
        assert figure.amount_recall is not None
        assert figure.amount_recall >= floor, shown
        assert figure.amount_precision is not None
        assert figure.amount_precision >= floor, shown


def test_amounts_at_risk_are_the_truths(figures: dict[str, CauseFigures]) -> None:
    # A chargeback whose invoice was credited in part stands with the rest, and the truth keeps its first amount.
    exact = ("unbilled_service", "billing_gap", "underbilled", "duplicate_credit", "discount_taken_late")
    for cause in exact:
        assert figures[cause].amount_error == 0, cause
    assert max(figure.amount_error or 0 for figure in figures.values()) < 0.1


def test_another_day_than_the_companys_last_is_refused(company_run: Any) -> None:
    with pytest.raises(RecoupError, match=r"stands at 2026-03-31"):
        compare(company_run.settings, company_run.day.as_of_date - timedelta(days=1))


def test_without_a_company_there_is_nothing_to_evaluate(company_run: Any) -> None:
    with pytest.raises(RecoupError):
        compare(replace(company_run.settings, database="nobody"), date(2026, 3, 31))
