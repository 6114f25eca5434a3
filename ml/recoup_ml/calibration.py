"""Turning a score into a probability that means what it says, learnt on days after those the score was learnt on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

Floats = npt.NDArray[np.float64]
Method = Literal["platt", "isotonic", "none"]

_EDGE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """A monotone map from score to probability.

    Attributes:
        x: Platt: (slope, offset) on the log-odds. Isotonic: scores of the knots, ascending.
        y: Isotonic: probabilities of the knots.
    """

    method: Method = "none"
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def apply(self, scores: Floats) -> Floats:
        """Probabilities in (0, 1), float64, row-aligned with `scores`."""
        if self.method == "platt":
            slope, offset = self.x
            calibrated = expit(slope * logit(scores) + offset)
        elif self.method == "isotonic":
            calibrated = np.interp(scores, self.x, self.y)
        else:
            calibrated = scores
        return np.clip(calibrated, _EDGE, 1 - _EDGE)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same map back to the bit."""
        return {"method": self.method, "x": list(self.x), "y": list(self.y)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Calibration:
        """The map that `to_json` wrote."""
        return cls(content["method"], tuple(content["x"]), tuple(content["y"]))


def fit_calibration(scores: Floats, outcomes: Floats, method: Method) -> Calibration:
    """Learn the map from scores that the model gave to rows it had not seen.

    Args:
        scores: In [0, 1], shape (n,).
        outcomes: 0 or 1, shape (n,), row-aligned.
        method: platt for few rows (two parameters), isotonic for many.
    """
    if method == "none" or scores.size == 0:
        return Calibration()
    if method == "isotonic":
        # A pseudo-row at each end keeps the outermost steps off 0 and 1.
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
            np.concatenate([scores, [scores.min(), scores.max()]]),
            np.concatenate([outcomes, [outcomes.mean(), outcomes.mean()]]),
        )
        return Calibration("isotonic", tuple(map(float, fitted.X_thresholds_)), tuple(map(float, fitted.y_thresholds_)))
    return Calibration("platt", _platt(logit(scores), outcomes))


def logit(p: Floats) -> Floats:
    """Log-odds, float64; probabilities of 0 and 1 are pulled in by 1e-6."""
    clipped = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(clipped / (1 - clipped))


def expit(z: Floats) -> Floats:
    """Inverse of `logit`, float64."""
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30, 30)))


def _platt(z: Floats, outcomes: Floats) -> tuple[float, float]:
    """Newton's method for outcome ~ slope·z + offset, with a weak pull to the identity (1, 0)."""
    design = np.column_stack([z, np.ones_like(z)])
    identity = np.array([1.0, 0.0])
    rate = float(logit(outcomes.mean(keepdims=True))[0])
    # From the flat line Newton's steps are safe; from the identity, a score that is upside down makes them diverge.
    beta = np.array([0.0, rate])
    pull = np.eye(2)
    for _ in range(50):
        p = expit(design @ beta)
        gradient = design.T @ (p - outcomes) + pull @ (beta - identity)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + pull
        step = np.linalg.solve(hessian, gradient)
        beta = beta - step
        if float(np.abs(step).max()) < 1e-10:
            break
    # A falling map would turn the ranking round: then the score says nothing, and the rate is all there is.
    return (float(beta[0]), float(beta[1])) if beta[0] > 0 else (0.0, rate)
