"""Both worlds of an account: the true effect of a talk is found, as far as the control arm carries."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recoup.day import Day
from recoup_ml.params import Params
from recoup_ml.payment import PaymentModel, default_payment
from recoup_ml.train import fit_payment


@pytest.fixture(scope="module")
def fitted(outcomes: pd.DataFrame, day: Day, params: Params) -> tuple[PaymentModel, dict[str, Any]]:
    return fit_payment(outcomes, day, params, capacity=100.0)


@pytest.fixture(scope="module")
def today(simulated: Any) -> pd.DataFrame:
    frame = simulated.tables["features.ftr_account_day"]
    return frame[frame["as_of_date"] == pd.Timestamp(simulated.as_of_date)].reset_index(drop=True)


def test_the_probability_beats_the_plain_rankers_out_of_time_and_is_calibrated(
    fitted: tuple[PaymentModel, dict[str, Any]],
) -> None:
    figures = fitted[1]
    assert figures["kind"] == "lightgbm"
    assert set(figures["baselines"]) == {"days_past_due", "balance", "oldest_first", "propensity"}
    plain = [report["auc"] for name, report in figures["baselines"].items() if name != "propensity"]
    assert figures["auc"] > max(plain) + 0.1
    assert figures["calibration_error"] < 0.05
    assert figures["embargo_days"] == 14


def test_who_a_talk_moves_and_whom_it_puts_off_is_found(
    fitted: tuple[PaymentModel, dict[str, Any]], today: pd.DataFrame
) -> None:
    worlds = fitted[0].predict(today)
    assert worlds.to_numpy().min() >= 0
    assert worlds.to_numpy().max() <= 1
    gain = (worlds["p_pay_if_contacted"] - worlds["p_pay_if_not"]).groupby(today["product"]).mean()
    # The truth: 0.30 for loans, −0.08 for cards, nothing for phones.
    assert gain["loan"] > 0.12
    assert gain["loan"] > gain["phone"] > gain["card"]
    assert gain["card"] < 0.03


def test_ranking_by_the_effect_finds_more_of_it_than_ranking_by_propensity_or_age(
    fitted: tuple[PaymentModel, dict[str, Any]],
) -> None:
    found = fitted[1]["effect"]["qini"]
    assert found["effect"] > max(value for name, value in found.items() if name != "effect")
    assert found["effect"] > 0


def test_left_alone_is_what_the_control_arm_shows(
    fitted: tuple[PaymentModel, dict[str, Any]], outcomes: pd.DataFrame
) -> None:
    control = outcomes[outcomes["logged_arm"] == "control"]
    treated = outcomes[outcomes["logged_arm"] == "treated"]
    assert fitted[0].predict(control)["p_pay_if_not"].mean() == pytest.approx(control["outcome"].mean(), abs=0.04)
    assert fitted[0].predict(treated)["p_pay_if_not"].mean() == pytest.approx(control["outcome"].mean(), abs=0.06)


def test_the_same_outcomes_give_the_same_model_to_the_bit(
    fitted: tuple[PaymentModel, dict[str, Any]], outcomes: pd.DataFrame, day: Day, params: Params
) -> None:
    again, figures = fit_payment(outcomes, day, params, capacity=100.0)
    assert json.dumps(again.to_json()) == json.dumps(fitted[0].to_json())
    assert figures == fitted[1]


def test_a_model_is_the_same_after_json(fitted: tuple[PaymentModel, dict[str, Any]], today: pd.DataFrame) -> None:
    back = PaymentModel.from_json(json.loads(json.dumps(fitted[0].to_json(), sort_keys=True)))
    assert back.predict(today).equals(fitted[0].predict(today))


def test_the_default_goes_by_days_past_due_in_whatever_order_it_is_stored(params: Params) -> None:
    model = default_payment(params.payment, params.effect)
    back = PaymentModel.from_json(json.loads(json.dumps(model.to_json(), sort_keys=True)))
    days = pd.DataFrame({"days_past_due": [1, 30, 31, 75, 100, 121, 100_001]})
    expected = [0.45, 0.45, 0.25, 0.15, 0.10, 0.05, 0.05]
    assert model.as_things_are(days).tolist() == back.as_things_are(days).tolist() == expected


def test_a_control_arm_too_small_to_learn_from_leaves_the_assumed_effect_and_says_so(
    outcomes: pd.DataFrame, day: Day, params: Params
) -> None:
    few = outcomes.groupby(outcomes["logged_arm"] == "control", group_keys=False).head(300)
    without = pd.concat([few[few["logged_arm"] == "control"], outcomes[outcomes["logged_arm"] != "control"].head(8000)])
    without = without.sort_values(["snapshot_date", "account_key"], ignore_index=True)
    model, figures = fit_payment(without, day, params, capacity=100.0)
    assert figures["effect"]["kind"] == model.effect.kind == "assumed"
    assert "too small" in figures["effect"]["reason"]


def test_without_arms_the_effect_is_assumed(outcomes: pd.DataFrame, day: Day, params: Params) -> None:
    model, figures = fit_payment(outcomes.head(9000).assign(logged_arm=None), day, params, capacity=100.0)
    assert model.kind == "lightgbm"
    assert figures["effect"] == {"kind": "assumed", "reason": "no arm was logged"}


def test_an_effect_that_is_not_there_is_not_found(outcomes: pd.DataFrame, day: Day, params: Params) -> None:
    random = np.random.default_rng(8)
    shuffled = outcomes.groupby("account_key")["outcome"].transform("mean").to_numpy()
    placebo = outcomes.assign(
        outcome=random.random(len(outcomes)) < shuffled, product=random.permutation(outcomes["product"])
    )
    # Nothing here depends on the arm any more.
    placebo["outcome"] = random.permutation(placebo["outcome"].to_numpy())
    _, figures = fit_payment(placebo, day, params, capacity=100.0)
    assert abs(figures["effect"]["effect_at_even_chance"]) < 0.08
    assert (
        abs(figures["effect"]["effect_at_even_chance_measured"]) < 4 * figures["effect"]["effect_at_even_chance_error"]
    )


def test_too_few_outcomes_give_the_default_by_days_past_due(outcomes: pd.DataFrame, day: Day, params: Params) -> None:
    model, figures = fit_payment(outcomes.head(200), day, params, capacity=100.0)
    assert figures["kind"] == model.kind == "default"
    frame = pd.DataFrame({"days_past_due": [1, 30, 31, 5000, None]})
    assert model.as_things_are(frame).tolist() == [0.45, 0.45, 0.25, 0.05, 0.45]
    worlds = model.predict(frame)
    assert (worlds["p_pay_if_contacted"] > worlds["p_pay_if_not"]).all()
