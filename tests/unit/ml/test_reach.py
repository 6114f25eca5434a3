"""The reach model finds the true hours, climbs only as high as the data carry, and is the same every time."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recoup.day import Day
from recoup.errors import RecoupError
from recoup_ml.dataset import refuse_future_knowledge
from recoup_ml.params import Params
from recoup_ml.reach import ReachModel, default_reach, shrunk_rates
from recoup_ml.train import fit_reach


def outcome_of(frame: pd.DataFrame) -> Any:
    return frame["outcome"].to_numpy(dtype=np.float64)


@pytest.fixture(scope="module")
def fitted(attempts: pd.DataFrame, calls: pd.DataFrame, day: Day, params: Params) -> tuple[ReachModel, dict[str, Any]]:
    return fit_reach(attempts, outcome_of(attempts), day, params, capacity=100.0, calls=calls)


@pytest.fixture(scope="module")
def boosted(attempts: pd.DataFrame, calls: pd.DataFrame, day: Day, params: Params) -> tuple[ReachModel, dict[str, Any]]:
    """The rung below habits: who was called is not known, only the attempts' features are."""
    return fit_reach(attempts, outcome_of(attempts), day, params, capacity=100.0, calls=calls.iloc[:0])


def test_habits_are_taken_where_they_find_later_answers_better_than_boosting(
    fitted: tuple[ReachModel, dict[str, Any]], boosted: tuple[ReachModel, dict[str, Any]]
) -> None:
    assert fitted[1]["kind"] == fitted[0].kind == "habits"
    assert fitted[1]["hour_signal"]["is_claimed"]
    assert fitted[1]["auc"] > boosted[1]["auc"] == fitted[1]["baselines"]["lightgbm"]["auc"]
    assert fitted[1]["calibration_error"] < 0.05


def test_the_model_beats_the_plain_rates_out_of_time_and_is_calibrated(
    boosted: tuple[ReachModel, dict[str, Any]],
) -> None:
    model, figures = boosted
    assert figures["kind"] == model.kind == "lightgbm"
    assert figures["auc"] > max(report["auc"] for report in figures["baselines"].values())
    assert figures["calibration_error"] < 0.05
    assert figures["judged_rows"] > 500


def test_evening_people_are_reached_in_the_evening(
    boosted: tuple[ReachModel, dict[str, Any]], simulation: ModuleType, simulated: Any
) -> None:
    slots = simulated.tables["features.ftr_reach_slot"]
    mean = pd.Series(boosted[0].predict(slots)).groupby(slots["local_hour"]).mean()
    # Half the people answer before noon, half after five; nobody's hours are in between.
    assert mean[[17, 18, 19, 20]].mean() > mean[[13, 14, 15]].mean()
    assert mean[[8, 9, 10, 11]].mean() > mean[[13, 14, 15]].mean()


def test_the_same_attempts_give_the_same_model_to_the_bit(
    fitted: tuple[ReachModel, dict[str, Any]], attempts: pd.DataFrame, calls: pd.DataFrame, day: Day, params: Params
) -> None:
    again, figures = fit_reach(attempts, outcome_of(attempts), day, params, capacity=100.0, calls=calls)
    assert json.dumps(again.to_json()) == json.dumps(fitted[0].to_json())
    assert figures == fitted[1]


@pytest.mark.parametrize("rung", ["fitted", "boosted"])
def test_a_model_is_the_same_after_json(
    rung: str, request: pytest.FixtureRequest, calls: pd.DataFrame, simulated: Any
) -> None:
    model = request.getfixturevalue(rung)[0]
    slots = simulated.tables["features.ftr_reach_slot"].head(500)
    slots = slots.assign(point_key=slots["contact_point_id"], person_key=slots["person_id"])
    slots = model.with_habits(slots, calls, slots["as_of_date"] + pd.Timedelta(days=1))
    back = ReachModel.from_json(json.loads(json.dumps(model.to_json(), sort_keys=True)))
    assert (back.predict(slots) == model.predict(slots)).all()


def test_without_attempts_the_default_curve_speaks_and_says_so(
    attempts: pd.DataFrame, calls: pd.DataFrame, day: Day, params: Params
) -> None:
    none = attempts.iloc[:0]
    model, figures = fit_reach(none, outcome_of(none), day, params, capacity=100.0, calls=calls)
    assert figures["kind"] == "default"
    assert "fewer than" in figures["fallback"]
    slots = attempts.head(50)
    assert set(model.evidence(slots)) == {"default"}
    expected = [params.reach.default_curve.weekday[8], params.reach.default_curve.weekend[8]]
    eight = slots.head(2).assign(local_hour=8, local_weekday=[3, 6], point_type=None)
    assert model.predict(eight) == pytest.approx(expected)


def test_few_attempts_give_rates_between_the_default_and_their_own(
    attempts: pd.DataFrame, calls: pd.DataFrame, day: Day, params: Params
) -> None:
    few = attempts.tail(400).assign(outcome=True, point_attempts_180d=0, point_rpc_180d=0)
    model, figures = fit_reach(few, outcome_of(few), day, params, capacity=100.0, calls=calls)
    assert figures["kind"] == model.kind == "rates"
    shown = few.head(20)
    assert (model.predict(shown) > default_reach(params.reach).predict(shown)).all()
    assert (model.predict(shown) < 1).all()
    assert set(model.evidence(shown)) == {"look-alikes"}


def test_a_persons_own_answers_raise_their_rate_and_are_the_evidence(attempts: pd.DataFrame, params: Params) -> None:
    rates = shrunk_rates(attempts, outcome_of(attempts), params.reach)
    twins = attempts.iloc[[0, 0, 0]].assign(point_attempts_180d=[10, 10, 0], point_rpc_180d=[8, 0, 0])
    often, never, unknown = rates.predict(twins)
    assert often > unknown > never
    assert rates.evidence(twins).tolist() == ["own history", "own history", "look-alikes"]


@pytest.mark.parametrize("planted", ["numeric", "missing when lost", "categorical"])
def test_a_planted_feature_that_knows_the_future_is_caught(
    planted: str, attempts: pd.DataFrame, params: Params
) -> None:
    outcome = outcome_of(attempts)
    noise = np.random.default_rng(1).normal(0, 0.1, len(attempts))
    column = {
        "numeric": pd.Series(outcome + noise),
        "missing when lost": pd.Series(noise).where(outcome == 1),
        "categorical": pd.Series(np.where(outcome == 1, "met", "missed")),
    }[planted]
    kind = "categorical" if planted == "categorical" else "numeric"
    features = {**params.reach.features, "talk_time": kind}
    with pytest.raises(RecoupError, match="talk_time alone ranks the outcome"):
        refuse_future_knowledge(attempts.assign(talk_time=column), outcome, features, params.leakage)
    refuse_future_knowledge(attempts, outcome, params.reach.features, params.leakage)
