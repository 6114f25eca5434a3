"""The best that can be learnt: our learners, given fifty times the people and what is true of each.

`recoup evaluate decisions` holds the day's decisions against it. It sees what our models may see and no more; what it
has that nobody has is the number of people and the truth as label: what a contact added to each account's cash.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup.settings import Settings
from recoup_ml.boosting import GradientModel, fit
from recoup_ml.habits import HabitModel, fit_habits
from recoup_ml.params import FeatureType, LightgbmParams, load_params

Floats = npt.NDArray[np.float64]
ROUNDS = 300
_CATEGORICAL = ("product", "segment", "region")
_BOOSTING: LightgbmParams = {
    "objective": "regression", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 300, "lambda_l2": 20.0,
    "feature_fraction": 0.7,
}  # fmt: skip


@dataclass(frozen=True)
class DecisionOracle:
    """What was learnt of habits, and of what a contact adds to an account's past due."""

    habits: HabitModel
    uplift: GradientModel

    def chance(self, slots: pd.DataFrame, calls: pd.DataFrame) -> Floats:
        """P(right party) of each slot, float64 (n,), as `HabitModel.predict` takes both."""
        return self.habits.predict(slots, calls)

    def added(self, accounts: pd.DataFrame) -> Floats:
        """Cash that a contact adds, float64 (n,), in the unit of `past_due_cents`."""
        return self.uplift.raw(accounts) * accounts["past_due_cents"].to_numpy(dtype=np.float64)


def learn_decisions(accounts: pd.DataFrame, added: Floats, calls: pd.DataFrame, settings: Settings) -> DecisionOracle:
    """Learn from everybody's truth.

    Args:
        accounts: Numbers, one column a feature; `product`, `segment`, `region` as codes.
        added: Cash that a contact truly adds to each account, float64 (n,), in the unit of `past_due_cents`.
        calls: As `dataset.load_calls` gives them.
    """
    params = load_params(settings)
    features: dict[str, FeatureType] = {
        name: "categorical" if name in _CATEGORICAL else "numeric" for name in accounts.columns if name != "account"
    }
    due = accounts["past_due_cents"].to_numpy(dtype=np.float64)
    # Errors count by the cash that hangs on them, the largest accounts not alone.
    model = fit(
        accounts,
        added / due,
        features,
        {**params.lightgbm, **_BOOSTING},
        ROUNDS,
        weight=np.sqrt(due) / np.sqrt(due).mean(),
    )
    return DecisionOracle(fit_habits(calls, params.reach.habits), model)
