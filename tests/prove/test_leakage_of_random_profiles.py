"""Revenue leakage in companies drawn at random: found where the data determine it, for every cause that arises."""

from __future__ import annotations

from datetime import date

import pytest

from recoup.evaluation.cases import Case
from recoup.evaluation.leakage import evaluate_leakage
from recoup.settings import Settings
from recoup.synthetic.profile import LEAK_CAUSES

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3_600)]

PROFILES = tuple(f"random:{seed}" for seed in range(101, 109))
AS_OF = date(2026, 3, 31)
FEW = 20
"""Fewer leaks than this say nothing about a ratio."""
FLOOR = 0.95
LOWER = {"late_fee_not_charged": 0.93}
BY_SCORE = "written_off_collectable"


@pytest.mark.parametrize("profile", PROFILES)
def test_leaks_of_a_random_company_are_found(profile: str, proof: dict[str, object], cluster: Settings) -> None:
    evaluation = evaluate_leakage(cluster, [Case(profile, 7, 1_500, 12, AS_OF)])
    figures = {figure.cause: figure for figure in evaluation.total}
    assert tuple(figures) == LEAK_CAUSES
    judged = {cause: figure for cause, figure in figures.items() if figure.leaks >= FEW and cause != BY_SCORE}
    assert len(judged) >= 6, "too few causes arose: the proof would hold of nothing"
    for cause, figure in judged.items():
        floor = LOWER.get(cause, FLOOR)
        assert figure.innocents > figure.leaks, cause
        assert figure.precision is not None
        assert figure.recall is not None
        assert min(figure.precision, figure.recall) >= floor, (cause, figure)
    proof.update({cause: [figure.leaks, figure.precision, figure.recall] for cause, figure in judged.items()})
