"""How good is a ranking, how honest is a probability, how much of an effect does a ranking find.

All figures are for rows the model had not learnt from. Arrays are float64, shape (n,), row-aligned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]


def auc(outcomes: Floats, scores: Floats) -> float | None:
    """Probability that a random positive outranks a random negative, ties counting half; None without both."""
    positives = outcomes.sum()
    negatives = outcomes.size - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = rankdata(scores)
    return float((ranks[outcomes == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def calibration_error(outcomes: Floats, probabilities: Floats, bins: int = 10) -> float | None:
    """Expected calibration error: mean |said − seen| over bins of equal counts, weighted by their rows."""
    return (
        None
        if outcomes.size == 0
        else sum(abs(b["said"] - b["seen"]) * b["rows"] for b in reliability(outcomes, probabilities, bins))
        / outcomes.size
    )


def reliability(outcomes: Floats, probabilities: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Said and seen rate by bin of equal counts, lowest probability first."""
    parts = [part for part in np.array_split(np.argsort(probabilities, kind="stable"), bins) if part.size]
    return [
        {"rows": float(part.size), "said": float(probabilities[part].mean()), "seen": float(outcomes[part].mean())}
        for part in parts
    ]


def lift_at(outcomes: Floats, scores: Floats, share: float) -> float | None:
    """Rate of positives in the top `share` of the ranking ÷ overall rate; None without positives."""
    top = _top(scores, share)
    overall = outcomes.mean() if outcomes.size else 0.0
    return None if overall == 0 or top.size == 0 else float(outcomes[top].mean() / overall)


def alift(outcomes: Floats, scores: Floats) -> float | None:
    """Area under the cumulative lift (gains) curve: share of positives found against share contacted; 0.5 = random.

    As in Moro, Cortez, Rita 2014 (doi 10.1016/j.dss.2014.03.001).
    """
    total = outcomes.sum()
    if total == 0:
        return None
    found = np.concatenate([[0.0], np.cumsum(outcomes[_order(scores)]) / total])
    return float(np.trapezoid(found, dx=1 / outcomes.size))


def cash_share_at(cash: Floats, scores: Floats, share: float) -> float | None:
    """Share of all cash that came from the top `share` of the ranking; None without cash."""
    total = cash.sum()
    return None if total == 0 else float(cash[_top(scores, share)].sum() / total)


def qini(outcomes: Floats, treated: Floats, propensity: Floats, scores: Floats) -> float | None:
    """Qini coefficient, propensity weighted: mean height of the incremental-gain curve over a random ranking's line.

    Args:
        treated: 1 if the person was in a contacted arm, 0 in control.
        propensity: Probability of `treated` = 1, in (0, 1).

    Returns:
        Outcome units per row; 0 = as good as random, None without both arms.
    """
    if outcomes.size == 0 or treated.min() == treated.max():
        return None
    order = _order(scores)
    gain = (outcomes * (treated / propensity - (1 - treated) / (1 - propensity)))[order]
    curve = np.concatenate([[0.0], np.cumsum(gain)]) / outcomes.size
    line = np.linspace(0.0, curve[-1], curve.size)
    return float(np.trapezoid(curve - line, dx=1 / outcomes.size))


def ranking_report(outcomes: Floats, cash: Floats | None, scores: Floats, list_share: float) -> dict[str, Any]:
    """What a ranker is worth: AUC, ALIFT, lift at the list's own size, share of the cash in the top fifth."""
    report = {
        "auc": rounded(auc(outcomes, scores)),
        "alift": rounded(alift(outcomes, scores)),
        "lift_at_list_size": rounded(lift_at(outcomes, scores, list_share)),
    }
    if cash is not None:
        report["cash_share_top_20_percent"] = rounded(cash_share_at(cash, scores, 0.2))
    return report


def rounded(value: float | None, digits: int = 6) -> float | None:
    """A figure as it is stored; None stays None."""
    return None if value is None else round(float(value), digits)


def _order(scores: Floats) -> npt.NDArray[np.intp]:
    """Best first; ties keep the rows' own order, which callers fix."""
    return np.argsort(-scores, kind="stable")


def _top(scores: Floats, share: float) -> npt.NDArray[np.intp]:
    return _order(scores)[: max(1, round(share * scores.size))] if scores.size else np.empty(0, dtype=np.intp)
