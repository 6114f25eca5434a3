"""Habits of answering: found from calls, told from a person's own, and only from what was known before the day."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recoup.day import Day
from recoup_ml.habits import HabitModel, fit_habits
from recoup_ml.params import Params
from recoup_ml.train import fit_reach

LAST = pd.Timestamp("2026-03-30")
TOMORROW = pd.Timestamp("2026-03-31")
PEOPLE, DAYS = 500, 300


def calls_of(*, by_hour: bool) -> pd.DataFrame:
    """Half the people answer before noon and half after five, or all at any hour; some far more than others.

    The company calls every second person at ten and at six alone, the rest at random hours.
    """
    random = np.random.default_rng(3)
    person = np.repeat(np.arange(PEOPLE), 24)
    hour = random.integers(8, 21, person.size)
    hour = np.where(person % 2 == 0, np.where(random.random(person.size) < 0.7, 10, 18), hour)
    is_evening = (person // 2) % 2 == 0
    chance = np.where(is_evening, hour >= 17, hour < 12) * 0.4 + 0.03 if by_hour else 0.05 + 0.3 * is_evening
    day = LAST - pd.to_timedelta(random.integers(0, DAYS, person.size), unit="D")
    calls = pd.DataFrame({
        "person_key": pd.Series(person).map("P{:04d}".format), "point_key": pd.Series(person).map("C{:04d}".format),
        "point_type": "mobile", "on_date": day, "local_hour": hour, "local_weekday": day.day_of_week + 1, "attempts": 1,
        "right_parties": (random.random(person.size) < chance).astype(int),
    })  # fmt: skip
    return calls.sort_values(["on_date", "point_key", "local_hour"], ignore_index=True)


def asked(person: str, hours: list[int], on: pd.Timestamp = TOMORROW) -> pd.DataFrame:
    return pd.DataFrame({
        "person_key": person, "point_key": person.replace("P", "C"), "point_type": "mobile", "called_on": on,
        "local_hour": hours, "local_weekday": 2,
    })  # fmt: skip


def history(person: str, hours: list[int], answered: list[int], on: pd.Timestamp = LAST) -> pd.DataFrame:
    return pd.DataFrame({
        "person_key": person, "point_key": person.replace("P", "C"), "point_type": "mobile", "on_date": on,
        "local_hour": hours, "local_weekday": 2, "attempts": 1, "right_parties": answered,
    })  # fmt: skip


@pytest.fixture(scope="module")
def hourly() -> pd.DataFrame:
    return calls_of(by_hour=True)


@pytest.fixture(scope="module")
def model(hourly: pd.DataFrame, params: Params) -> HabitModel:
    return fit_habits(hourly, params.reach.habits)


def test_a_few_answers_tell_the_hours_that_nobody_has_tried(model: HabitModel) -> None:
    new = asked("P9999", [9, 19])
    morning = model.predict(new, history("P9999", [10, 10, 18, 18], [1, 1, 0, 0]))
    evening = model.predict(new, history("P9999", [10, 10, 18, 18], [0, 0, 1, 1]))
    assert morning[0] > 3 * morning[1]
    assert evening[1] > 3 * evening[0]


def test_who_was_never_called_is_expected_to_be_like_everybody(model: HabitModel, hourly: pd.DataFrame) -> None:
    unknown = model.predict(asked("P9999", list(range(8, 21))), hourly)
    # Half answer in the morning and half in the evening: 0.03 + 0.2; nobody at three.
    assert unknown[[1, 2, 10, 11]] == pytest.approx(0.23, abs=0.06)
    assert unknown[7] < 0.1


def test_calls_of_the_day_itself_and_later_ones_are_not_used(model: HabitModel, hourly: pd.DataFrame) -> None:
    day = LAST - pd.Timedelta(days=100)
    queries = asked("P0001", [9, 19], on=day)
    before = hourly[hourly["on_date"] < day]
    assert model.predict(queries, hourly) == pytest.approx(model.predict(queries, before), abs=1e-9)
    same_day = history("P9999", [10], [1], on=TOMORROW)
    assert model.predict(asked("P9999", [9]), same_day) == pytest.approx(model.predict(asked("P9998", [9]), same_day))
    earlier = hourly[hourly["on_date"] < day - pd.Timedelta(days=60)]
    assert not np.allclose(model.predict(queries, earlier), model.predict(queries, before), atol=1e-3)


def test_a_version_that_is_taken_back_leaves_no_trace(model: HabitModel) -> None:
    calls = history("P9999", [10], [1], on=LAST - pd.Timedelta(days=9))
    back = calls.assign(on_date=LAST - pd.Timedelta(days=2), attempts=-1, right_parties=-1)
    queries = asked("P9999", [9, 19])
    assert model.predict(queries, pd.concat([calls, back])) == pytest.approx(model.predict(queries, calls.iloc[:0]))
    assert model.predict(queries, calls)[0] > 1.5 * model.predict(queries, calls.iloc[:0])[0]


def test_an_old_answer_counts_half_and_then_no_more(model: HabitModel) -> None:
    def after(days: int) -> float:
        calls = history("P9999", [10], [1], on=LAST + pd.Timedelta(days=1 - days))
        return float(model.predict(asked("P9999", [9]), calls)[0])

    nothing = float(model.predict(asked("P9999", [9]), history("P9999", [10], [1]).iloc[:0])[0])
    assert after(5) == pytest.approx(after(269))
    assert after(5) > after(300) > nothing
    assert after(541) == pytest.approx(nothing)


def test_a_number_that_never_answers_is_given_up_sooner_than_the_persons_other_one(model: HabitModel) -> None:
    silent = history("P9999", [10, 18] * 10, [0] * 20)
    other = asked("P9999", [10]).assign(point_key="other")
    assert model.predict(asked("P9999", [10]), silent)[0] < 0.8 * model.predict(other, silent)[0]


def test_habits_are_the_same_every_time_and_after_json(model: HabitModel, hourly: pd.DataFrame, params: Params) -> None:
    text = json.dumps(model.to_json())
    assert json.dumps(fit_habits(hourly, params.reach.habits).to_json()) == text
    queries = asked("P0001", [9, 19])
    back = HabitModel.from_json(json.loads(text))
    assert (back.predict(queries, hourly) == model.predict(queries, hourly)).all()


@pytest.mark.parametrize("by_hour", [True, False])
def test_the_hour_is_claimed_to_matter_where_it_does_and_nowhere_else(
    by_hour: bool, attempts: pd.DataFrame, day: Day, params: Params
) -> None:
    calls = calls_of(by_hour=by_hour)
    count = len(calls)
    # Inputs that say nothing: whatever is found comes from the calls.
    frame = attempts.iloc[[0] * count].reset_index(drop=True).assign(
        snapshot_date=calls["on_date"] - pd.Timedelta(days=1), outcome=calls["right_parties"] == 1,
        **{name: calls[name] for name in ("person_key", "point_key", "point_type", "local_hour", "local_weekday")},
    )  # fmt: skip
    outcomes: Any = calls["right_parties"].to_numpy(dtype=np.float64)
    learnt, figures = fit_reach(frame, outcomes, day, params, capacity=100.0, calls=calls)
    assert figures["kind"] == learnt.kind == "habits"
    assert figures["hour_signal"]["is_claimed"] is by_hour
    assert figures["calibration_error"] < 0.06  # 1,400 calls in ten bins: three hundredths are noise
    slots = pd.concat([asked(f"P{k:04d}", list(range(8, 21))) for k in range(40)], ignore_index=True)
    said = learnt.predict(learnt.with_habits(slots, calls, TOMORROW))
    spread = pd.Series(said).groupby(slots["person_key"]).agg(lambda hours: hours.max() - hours.min())
    assert (spread > 0.05).all() if by_hour else (spread < 1e-9).all()
