"""Decisions are judged as a small truth, worked out by hand, says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from recoup.evaluation import decision_judge as judge
from recoup.evaluation.decision_data import Observed, with_chance, with_responses
from recoup.evaluation.decision_report import share_with_interval


@pytest.fixture
def observed() -> Observed:
    """Five accounts with two hours each: a fifth is one account. Adding 1000 × 0.1, … − 400 × 0.5 minor units each."""
    accounts = pd.DataFrame({
        "account_id": list("abcde"), "contact_point_id": [f"p{a}" for a in "abcde"], "channel": "voice",
        "local_hour": 18, "seq": [2.0, 1.0, 3.0, np.nan, np.nan],
        "balance_amount": [1.0, 2.0, 3.0, 4.0, 5.0], "days_past_due": [10.0, 10.0, 1.0, 1.0, 1.0],
        "oldest_due_on": [date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 9), None, date(2026, 3, 9)],
        "p_pay_if_not": [0.9, 0.1, 0.2, 0.3, 0.4],
        "uplift_0": [1000.0, 2000.0, 0.0, 400.0, -400.0], "uplift_1": [1000.0, 2000.0, 0.0, 400.0, -400.0],
    })  # fmt: skip
    slots = pd.DataFrame({
        "account_id": np.repeat(list("abcde"), 2), "contact_point_id": np.repeat([f"p{a}" for a in "abcde"], 2),
        "local_hour": [9, 18] * 5, "chance": [0.3, 0.1, 0.2, 0.2, 0.2, 0.2, 0.1, 0.4, 0.5, 0.5],
        "ours": [0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2],
        "company_hour": [0.3, 0.2] * 5, "own_rate": 0.2, "from_last_answer": [0.0, 9.0] * 5,
        "dialed_before": [3.0, 1.0] * 5,
    })  # fmt: skip
    return Observed(slots, accounts, (36.0, 396.0))


def test_an_hour_counts_with_its_true_chance(observed: Observed) -> None:
    found = judge.judge_reach(observed.slots)
    assert found[judge.OURS] == pytest.approx(100 * (0.1 + 0.2 + 0.2 + 0.4 + 0.5) / 5)
    assert found[judge.RANDOM] == pytest.approx(100 * (0.2 + 0.2 + 0.2 + 0.25 + 0.5) / 5)
    assert found[judge.ORACLE] == pytest.approx(100 * (0.3 + 0.2 + 0.2 + 0.4 + 0.5) / 5)
    assert found["company's best hour"] == pytest.approx(100 * (0.3 + 0.2 + 0.2 + 0.1 + 0.5) / 5)
    assert found["own rate by hour"] == pytest.approx(found[judge.RANDOM]), "equal scores must share the choice"
    # three of four calls in the morning
    assert found["hours as dialed before"] == pytest.approx(100 * (0.25 + 0.2 + 0.2 + 0.175 + 0.5) / 5)
    assert judge.share_of_gain(found, judge.ORACLE) == pytest.approx((0.28 - 0.27) / (0.32 - 0.27))


def test_a_call_is_worth_its_true_chance_times_its_true_uplift(observed: Observed) -> None:
    found = judge.judge_value(observed)
    assert found[judge.OURS]["cash"] == pytest.approx(0.2 * 2000), "the first of the list is b"
    assert found["balance first"]["cash"] == pytest.approx(0.5 * -400), "who is put off counts as a loss"
    assert found["oldest first"]["cash"] == pytest.approx(0.2 * 2000)
    assert found["days past due"]["cash"] == pytest.approx((0.1 * 1000 + 0.2 * 2000) / 2), "a and b share the seat"
    assert found["propensity"]["cash"] == pytest.approx(0.1 * 1000)
    assert found[judge.RANDOM]["cash"] == pytest.approx((100 + 400 + 0 + 160 - 200) / 5)
    assert found[judge.ORACLE]["cash"] == pytest.approx(0.2 * 2000)
    assert all(figures["attempts"] == pytest.approx(1) for figures in found.values())
    assert found[judge.OURS]["agent_hours"] == pytest.approx((36 + 0.2 * 360) / 3600)


def test_the_oracle_is_not_judged_by_the_luck_that_it_ranked_by(observed: Observed) -> None:
    lucky = observed.accounts.assign(uplift_0=[0.0, 0.0, 9000.0, 0.0, 0.0])
    found = judge.judge_value(Observed(observed.slots, lucky, observed.seconds))
    # half 0 sends it to c, where half 1 has nothing; half 1 sends it to b, where half 0 has nothing
    assert found[judge.ORACLE]["cash"] == pytest.approx(0)


def test_who_is_not_listed_is_not_called(observed: Observed) -> None:
    nobody = observed.accounts.assign(seq=np.nan)
    found = judge.judge_value(Observed(observed.slots, nobody, observed.seconds))[judge.OURS]
    assert found == {"cash": 0, "attempts": 0, "agent_hours": 0}


def test_what_can_be_learnt_is_judged_by_its_own_hours_and_accounts(observed: Observed) -> None:
    slots = observed.slots.assign(learnt=[0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.1, 0.1])
    accounts = observed.accounts.assign(learnt_uplift=[1000.0, 100.0, 100.0, 1000.0, -1.0])
    assert judge.judge_reach(slots)[judge.LEARNT] == pytest.approx(32)
    found = judge.judge_value(Observed(slots, accounts, observed.seconds))[judge.LEARNT]
    assert found["cash"] == pytest.approx(0.4 * 400), "d at its best hour, by what was learnt"


def test_calibration_is_the_mean_distance_of_bins(observed: Observed) -> None:
    said, true = np.array([0.1, 0.2, 0.7, 0.8]), np.array([0.0, 0.0, 1.0, 0.6])
    assert judge.calibration_error(said, true, bins=2) == pytest.approx((0.15 + 0.05) / 2)
    assert judge.hour_spread(observed.slots) == pytest.approx(0.05)


def test_the_truth_of_a_weekend_is_its_own() -> None:
    slots = pd.DataFrame({"contact_point_id": ["C1"], "local_hour": [9]})
    points = pd.DataFrame(
        {"contact_point_id": ["C1"], "right_party_weekday": [[0.1] * 13], "right_party_weekend": [[0.2] * 13]}
    )
    assert with_chance(slots, points, date(2026, 4, 1))["chance"].tolist() == [0.1]
    assert with_chance(slots, points, date(2026, 4, 4))["chance"].tolist() == [0.2]
    with pytest.raises(RuntimeError, match="unknown to the truth"):
        with_chance(slots.assign(contact_point_id="C2"), points, date(2026, 4, 1))


def test_a_response_is_what_a_contact_adds_in_each_half() -> None:
    responses = pd.DataFrame({
        "account_id": ["A", "A"], "half": [0, 1], "cash_if_contacted_cents": [50.0, 70.0],
        "cash_if_not_cents": [20.0, 30.0], "p_pay_if_contacted": [0.6, 0.8], "p_pay_if_not": [0.2, 0.4],
    })  # fmt: skip
    found = with_responses(pd.DataFrame({"account_id": ["A", "B"]}), responses)
    assert found["account_id"].tolist() == ["A"], "an account without a truth cannot be judged"
    assert found[["uplift_0", "uplift_1"]].to_numpy().tolist() == [[30, 40]]
    assert found[["true_if_contacted", "true_if_not"]].to_numpy() == pytest.approx(np.array([[0.7, 0.3]]))


def test_the_interval_of_a_share_is_of_companies() -> None:
    def company(ours: float) -> dict[str, float]:
        return {judge.RANDOM: 0.0, judge.OURS: ours, judge.ORACLE: 10.0}

    assert share_with_interval([company(5)], judge.ORACLE) == (0.5, None)
    share, half = share_with_interval([company(4), company(6)], judge.ORACLE)
    # without one of the two: 0.6 and 0.4; error 0.1; t of one degree of freedom 12.706
    assert share == pytest.approx(0.5)
    assert half == pytest.approx(12.706 * 0.1, rel=1e-3)
