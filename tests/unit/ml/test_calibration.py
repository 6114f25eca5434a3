"""A calibrated probability means what it says."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
import pytest

from recoup_ml.calibration import Calibration, expit, fit_calibration, logit
from recoup_ml.evaluate import calibration_error

Method = Literal["platt", "isotonic"]


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_an_overconfident_score_is_brought_back(method: Method) -> None:
    random = np.random.default_rng(3)
    truth = random.beta(2, 4, 40_000)
    outcomes = (random.random(40_000) < truth).astype(float)
    overconfident = expit(2.5 * logit(truth) + 0.7)
    learn, judge = slice(0, 20_000), slice(20_000, None)
    fitted = fit_calibration(overconfident[learn], outcomes[learn], method)
    before = calibration_error(outcomes[judge], overconfident[judge])
    after = calibration_error(outcomes[judge], fitted.apply(overconfident[judge]))
    assert before is not None
    assert after is not None
    assert before > 0.1
    assert after < 0.015


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_calibration_never_reverses_a_ranking_and_survives_json_to_the_bit(method: Method) -> None:
    random = np.random.default_rng(4)
    scores = random.random(500)
    fitted = fit_calibration(scores, (random.random(500) < scores).astype(float), method)
    grid = np.linspace(0, 1, 201)
    assert (np.diff(fitted.apply(grid)) >= 0).all()
    back = Calibration.from_json(json.loads(json.dumps(fitted.to_json(), sort_keys=True)))
    assert back == fitted
    assert (back.apply(grid) == fitted.apply(grid)).all()


def test_a_score_that_is_upside_down_becomes_the_rate() -> None:
    random = np.random.default_rng(5)
    scores = random.random(5000)
    fitted = fit_calibration(scores, (random.random(5000) < 1 - scores).astype(float), "platt")
    assert fitted.apply(np.array([0.1, 0.9])) == pytest.approx([0.5, 0.5], abs=0.2)
    assert (np.diff(fitted.apply(np.linspace(0, 1, 50))) == 0).all()


def test_nothing_to_learn_from_leaves_scores_alone() -> None:
    assert fit_calibration(np.empty(0), np.empty(0), "platt").apply(np.array([0.25])) == pytest.approx([0.25])
