"""P(right party answers), by contact point and local hour.

Four rungs, the better of the first two where the data carry one: habits of answering, of which the person's own calls
say which is theirs; a LightGBM model; rates by hour and point type, shrunk to the
default curve, times the point's own shrunk rate; the default curve alone. The artifact says which, and so does the
evidence of every score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup_ml.boosting import GradientModel
from recoup_ml.calibration import Calibration, expit, logit
from recoup_ml.habits import HabitModel
from recoup_ml.params import Reach

Floats = npt.NDArray[np.float64]
Kind = Literal["habits", "lightgbm", "rates", "default"]

HABIT_CHANCE = "habit_chance"
"""Column that `with_habits` adds: what the habits say, not calibrated."""

SATURDAY = 6


@dataclass(frozen=True)
class ReachModel:
    """A model of any rung.

    Attributes:
        curve: "weekday" or "weekend" → local hour (as text) → right-party share; the lower rungs' core.
        point_factor: Type of contact point → factor on the curve.
        own_prior_attempts: Weight of the curve against a point's own rate, in attempts; 0 = own attempts are not used.
        own_history_attempts: From so many own attempts on, a score is said to rest on the person's own history.
    """

    kind: Kind
    curve: dict[str, dict[str, float]]
    point_factor: dict[str, float]
    own_prior_attempts: float
    own_history_attempts: int
    model: GradientModel | None = None
    habits: HabitModel | None = None
    calibration: Calibration = field(default_factory=Calibration)

    def with_habits(self, frame: pd.DataFrame, calls: pd.DataFrame, called_on: Any) -> pd.DataFrame:
        """`frame` with what the habits say of each row, from the calls before its day alone; as it is without habits.

        Args:
            frame: point_key, person_key, point_type, local_hour, local_weekday.
            calls: As `dataset.load_calls` gives them.
            called_on: The day of the calls to score: a date, or one a row.
        """
        if self.habits is None:
            return frame
        queries = frame.assign(called_on=pd.to_datetime(called_on))
        return frame.assign(**{HABIT_CHANCE: self.habits.predict(queries, calls)})

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Probabilities, float64, shape (n,), row-aligned with `frame`.

        Args:
            frame: The columns of features.ftr_reach_slot, and `HABIT_CHANCE` where the model has habits.
        """
        if frame.empty:
            return np.empty(0)
        if self.habits is not None:
            return self.calibration.apply(frame[HABIT_CHANCE].to_numpy(dtype=np.float64))
        rates = self.rates(frame)
        if self.model is None:
            return rates
        return self.model.calibration.apply(expit(logit(rates) + self.model.raw_score(frame)))

    def rates(self, frame: pd.DataFrame) -> Floats:
        """What the two lower rungs say, in (0, 1), row-aligned with `frame`."""
        hour = frame["local_hour"].astype("int64").astype("str")
        is_weekend = frame["local_weekday"].to_numpy(dtype=np.float64, na_value=1) >= SATURDAY
        by_hour = np.where(is_weekend, hour.map(self.curve["weekend"]), hour.map(self.curve["weekday"])).astype(
            np.float64
        )
        factor = frame["point_type"].map(self.point_factor).fillna(1.0).to_numpy(dtype=np.float64)
        rate = np.nan_to_num(by_hour, nan=min(self.curve["weekday"].values())) * factor
        if self.own_prior_attempts > 0:
            attempts, answered = _filled(frame["point_attempts_180d"]), _filled(frame["point_rpc_180d"])
            usual = self.usual_rate()
            rate = rate * (answered + self.own_prior_attempts * usual) / (attempts + self.own_prior_attempts) / usual
        return np.clip(rate, 0.001, 0.95)

    def evidence(self, frame: pd.DataFrame) -> pd.Series:
        """What each score rests on: own history, look-alikes, default; row-aligned with `frame`."""
        if self.kind == "default":
            return pd.Series("default", index=frame.index, dtype="str")
        is_own = _filled(frame["point_attempts_180d"]) >= self.own_history_attempts
        return pd.Series(np.where(is_own, "own history", "look-alikes"), index=frame.index, dtype="str")

    def usual_rate(self) -> float:
        """Mean of the weekday curve."""
        weekday = self.curve["weekday"]
        # In the order of hours, whatever order the keys came back in: a sum depends on it to the bit.
        return float(np.mean([weekday[hour] for hour in sorted(weekday, key=int)]))

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same model back to the bit."""
        return {
            "kind": self.kind,
            "curve": self.curve,
            "point_factor": self.point_factor,
            "own_prior_attempts": self.own_prior_attempts,
            "own_history_attempts": self.own_history_attempts,
            "model": self.model.to_json() if self.model else None,
            "habits": self.habits.to_json() if self.habits else None,
            "calibration": self.calibration.to_json(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ReachModel:
        """The model that `to_json` wrote."""
        model = GradientModel.from_json(content["model"]) if content["model"] else None
        # A model from before there were habits has neither.
        habits = HabitModel.from_json(content["habits"]) if content.get("habits") else None
        calibration = Calibration.from_json(content["calibration"]) if "calibration" in content else Calibration()
        return cls(**{**content, "model": model, "habits": habits, "calibration": calibration})


def default_reach(params: Reach) -> ReachModel:
    """The bottom rung: what is plausible before anything is known."""
    curve = {
        "weekday": {str(hour): share for hour, share in params.default_curve.weekday.items()},
        "weekend": {str(hour): share for hour, share in params.default_curve.weekend.items()},
    }
    return ReachModel("default", curve, dict(params.point_type_factor), 0.0, params.own_history_attempts)


def shrunk_rates(attempts: pd.DataFrame, outcomes: Floats, params: Reach) -> ReachModel:
    """The middle rung: rates of this company, pulled to the default where it has few attempts.

    Args:
        attempts: Needs local_hour, local_weekday, point_type.
        outcomes: 1 = right party, float64, shape (n,), row-aligned.
    """
    default = default_reach(params)
    is_weekend = attempts["local_weekday"].to_numpy(dtype=np.float64, na_value=1) >= SATURDAY
    frame = pd.DataFrame({
        "kind": np.where(is_weekend, "weekend", "weekday"),
        "hour": attempts["local_hour"].astype("int64").astype("str").to_numpy(),
        "type": attempts["point_type"].astype("str").to_numpy(),
        "expected": default.predict(attempts),
        "seen": outcomes,
    })  # fmt: skip
    weight = params.prior_attempts
    # First the level of the company against the default, then each hour against that level, then each type.
    level = (frame["seen"].sum() + weight * default.usual_rate()) / (
        frame["expected"].sum() + weight * default.usual_rate()
    )
    by_hour = frame.groupby(["kind", "hour"])[["seen", "expected"]].sum()
    curve = {
        kind: {
            hour: round(share * level * _shrunk_ratio(by_hour, (kind, hour), level, weight * share), 9)
            for hour, share in hours.items()
        }
        for kind, hours in default.curve.items()
    }
    by_type = frame.groupby("type")[["seen", "expected"]].sum()
    factor = {
        name: round(value * _shrunk_ratio(by_type, name, level, weight * default.usual_rate()), 9)
        for name, value in default.point_factor.items()
    }
    return ReachModel("rates", curve, factor, weight / 5, params.own_history_attempts)


def _shrunk_ratio(sums: pd.DataFrame, key: Any, level: float, weight: float) -> float:
    """Seen ÷ expected at the company's level for one group, pulled to 1 by `weight` expected answers."""
    if key not in sums.index:
        return 1.0
    return float((sums.loc[key, "seen"] + weight * level) / (level * (sums.loc[key, "expected"] + weight)))


def _filled(column: pd.Series) -> Floats:
    return pd.to_numeric(column).fillna(0).to_numpy(dtype=np.float64)
