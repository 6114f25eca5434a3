"""Figures with answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recoup_ml.evaluate import alift, auc, calibration_error, cash_share_at, lift_at, qini

OUTCOMES = np.array([1.0, 0.0, 1.0, 0.0])


def test_auc_counts_pairs_and_half_a_tie() -> None:
    assert auc(OUTCOMES, np.array([0.9, 0.1, 0.8, 0.2])) == 1.0
    assert auc(OUTCOMES, np.array([0.9, 0.8, 0.7, 0.1])) == 0.75
    assert auc(OUTCOMES, np.full(4, 0.5)) == 0.5
    assert auc(np.ones(3), np.arange(3.0)) is None


def test_alift_is_the_area_under_the_gains_curve() -> None:
    # Found after 0..4 contacts: 0, 1/2, 1, 1, 1; trapezoids of width 1/4.
    assert alift(OUTCOMES, np.array([4.0, 1.0, 3.0, 2.0])) == pytest.approx((0.25 + 0.75 + 1 + 1) / 4)
    assert alift(np.zeros(4), OUTCOMES) is None


def test_lift_and_cash_share_look_at_the_top_only() -> None:
    scores = np.array([4.0, 3.0, 2.0, 1.0])
    assert lift_at(OUTCOMES, scores, 0.25) == 2.0
    assert lift_at(OUTCOMES, scores, 1.0) == 1.0
    assert cash_share_at(np.array([60.0, 20.0, 20.0, 0.0]), scores, 0.5) == pytest.approx(0.8)
    assert cash_share_at(np.zeros(4), scores, 0.5) is None


def test_calibration_error_is_the_mean_gap_of_said_and_seen() -> None:
    said = np.array([0.1, 0.1, 0.9, 0.9])
    assert calibration_error(np.array([0.0, 0.0, 1.0, 1.0]), said, bins=2) == pytest.approx(0.1)
    assert calibration_error(np.array([1.0, 1.0, 0.0, 0.0]), said, bins=2) == pytest.approx(0.9)


def test_qini_rewards_the_ranking_that_finds_the_effect() -> None:
    random = np.random.default_rng(1)
    movable = random.random(20_000) < 0.5
    treated = (random.random(20_000) < 0.5).astype(float)
    outcomes = (random.random(20_000) < 0.2 + 0.3 * movable * treated).astype(float)
    half = np.full(20_000, 0.5)
    found = qini(outcomes, treated, half, movable.astype(float))
    against = qini(outcomes, treated, half, -movable.astype(float))
    # Half the rows hold the whole gain of 0.15 a row: a triangle 0.075 above the line at its middle.
    assert found == pytest.approx(0.0375, abs=0.008)
    assert against == pytest.approx(-0.0375, abs=0.008)
    assert qini(outcomes, np.ones(20_000), half, half) is None
