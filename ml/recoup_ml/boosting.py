"""LightGBM as Recoup uses it: reproducible to the bit, with its features, levels and calibration in one artifact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup_ml.calibration import Calibration
from recoup_ml.params import FeatureType, LightgbmParams

Floats = npt.NDArray[np.float64]
Levels = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class GradientModel:
    """A fitted booster and what is needed to use it on new rows.

    Attributes:
        features: Name → type, in the booster's order.
        levels: Categorical feature → its known values; anything else counts as missing.
        medians: Median of each numeric feature in training: tells "high" from "low" in reasons.
        booster_text: LightGBM's own text form.
    """

    features: dict[str, FeatureType]
    levels: Levels
    medians: dict[str, float]
    booster_text: str
    calibration: Calibration = field(default_factory=Calibration)

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)

    def raw(self, frame: pd.DataFrame) -> Floats:
        """Uncalibrated output, float64, shape (n,), row-aligned with `frame`."""
        if frame.empty:
            return np.empty(0)
        return np.asarray(self._booster.predict(encode(frame, self.features, self.levels)), dtype=np.float64)

    def raw_score(self, frame: pd.DataFrame) -> Floats:
        """Output on the scale that boosting adds up on (binary: log-odds), float64, row-aligned with `frame`."""
        if frame.empty:
            return np.empty(0)
        matrix = encode(frame, self.features, self.levels)
        return np.asarray(self._booster.predict(matrix, raw_score=True), dtype=np.float64)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Calibrated probabilities, float64, shape (n,), row-aligned with `frame`."""
        return self.calibration.apply(self.raw(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to the raw score (binary: log-odds): one column a feature, rows as `frame`."""
        if frame.empty:
            return pd.DataFrame(columns=list(self.features), index=frame.index, dtype=np.float64)
        parts = np.asarray(self._booster.predict(encode(frame, self.features, self.levels), pred_contrib=True))
        return pd.DataFrame(parts[:, :-1], columns=list(self.features), index=frame.index)

    def with_calibration(self, calibration: Calibration) -> GradientModel:
        """The same booster under another calibration."""
        return replace(self, calibration=calibration)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same model back to the bit."""
        return {
            "features": self.features,
            "levels": {name: list(values) for name, values in self.levels.items()},
            "medians": self.medians,
            "booster": self.booster_text,
            "calibration": self.calibration.to_json(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> GradientModel:
        """The model that `to_json` wrote, in whatever order the keys have come back."""
        kinds, text = content["features"], content["booster"]
        return cls(
            # The booster reads columns by position: its own order counts, not that of the keys.
            features={name: kinds[name] for name in lgb.Booster(model_str=text).feature_name()},
            levels={name: tuple(values) for name, values in content["levels"].items()},
            medians=dict(content["medians"]),
            booster_text=text,
            calibration=Calibration.from_json(content["calibration"]),
        )


def fit(
    frame: pd.DataFrame,
    target: Floats,
    features: dict[str, FeatureType],
    params: LightgbmParams,
    rounds: int,
    *,
    weight: Floats | None = None,
    start: Floats | None = None,
) -> GradientModel:
    """Fit a booster; the same rows in the same order and the same parameters give the same text.

    Args:
        target: float64, shape (n,), row-aligned with `frame`.
        params: Shared LightGBM parameters and the model's own, merged.
        weight: As `target`; default 1.
        start: Raw score that boosting starts from, as `target`; the caller adds it again to `raw_score`.
    """
    levels = {name: known_levels(frame[name]) for name, kind in features.items() if kind == "categorical"}
    matrix = encode(frame, features, levels)
    categorical = [position for position, kind in enumerate(features.values()) if kind == "categorical"]
    dataset = lgb.Dataset(
        matrix, label=target, weight=weight, init_score=start, feature_name=list(features),
        categorical_feature=categorical,
        params=dict(params),
    )  # fmt: skip
    booster = lgb.train(dict(params), dataset, num_boost_round=rounds)
    medians = {
        name: float(np.nanmedian(column)) if np.isfinite(column).any() else 0.0
        for name, kind, column in zip(features, features.values(), matrix.T, strict=True)
        if kind == "numeric"
    }
    return GradientModel(dict(features), levels, medians, booster.model_to_string())


def known_levels(column: pd.Series) -> tuple[str, ...]:
    """Distinct values in a fixed order; nulls are no level."""
    return tuple(sorted(map(str, column.dropna().unique())))


def encode(frame: pd.DataFrame, features: dict[str, FeatureType], levels: Levels) -> Floats:
    """Turn named columns into LightGBM's matrix: float64, shape (n_rows, n_features), NaN where missing.

    Raises:
        KeyError: `frame` lacks a feature.
    """
    matrix = np.empty((len(frame), len(features)), dtype=np.float64)
    for position, (name, kind) in enumerate(features.items()):
        column = frame[name]
        if kind == "categorical":
            codes = pd.Categorical(column, categories=list(levels[name])).codes.astype(np.float64)
            codes[codes < 0] = np.nan
            matrix[:, position] = codes
        else:
            matrix[:, position] = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    return matrix
