"""The plain rankers that every model is trained beside. A model that does not beat them has no business here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def payment_rankers(frame: pd.DataFrame, propensity: Floats) -> dict[str, Floats]:
    """Name → score (higher = earlier), each row-aligned with `frame`.

    Args:
        frame: Needs overdue_days, open_cents, oldest_due_date.
        propensity: The payment model's probability of paying: the ranker most systems stop at.
    """
    oldest = pd.to_datetime(frame["oldest_due_date"]).to_numpy().astype("datetime64[D]")
    age = -np.where(np.isnat(oldest), np.datetime64("2200-01-01"), oldest).astype("datetime64[D]").astype(np.float64)
    return {
        "days_past_due": _numbers(frame["overdue_days"]),
        "balance": _numbers(frame["open_cents"]),
        "oldest_first": age,
        "propensity": propensity,
    }


def reach_rankers(
    train: pd.DataFrame, train_outcomes: Floats, frame: pd.DataFrame, prior_attempts: float
) -> dict[str, Floats]:
    """Name → score, each row-aligned with `frame`: the hour's own rate, and the contact point's own rate.

    Args:
        train: Attempts to learn the hourly rates from; needs local_hour.
        frame: Attempts to rank; needs local_hour, point_attempts_180d, point_rpc_180d.
        prior_attempts: Weight of the overall rate, in attempts.
    """
    overall = float(train_outcomes.mean())
    by_hour = pd.Series(train_outcomes).groupby(train["local_hour"].to_numpy()).agg(["sum", "count"])
    rate = (by_hour["sum"] + prior_attempts * overall) / (by_hour["count"] + prior_attempts)
    attempts, answered = _numbers(frame["point_attempts_180d"]), _numbers(frame["point_rpc_180d"])
    return {
        "hour_rate": frame["local_hour"].map(rate).fillna(overall).to_numpy(dtype=np.float64),
        # The prior weighs 5 attempts here: one contact point has few of its own.
        "own_rate": (answered + 5 * overall) / (attempts + 5),
    }


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column).fillna(0).to_numpy(dtype=np.float64)
