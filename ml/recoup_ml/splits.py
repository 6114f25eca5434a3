"""Out-of-time splits: a model is judged on days that come after what it learnt from, with a gap for the label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fold:
    """One training and one validation window, as snapshot dates, both ends inclusive."""

    train_from: date
    train_to: date
    valid_from: date
    valid_to: date

    def train_rows(self, snapshot_dates: pd.Series) -> BoolArray:
        """Rows to learn from: bool, row-aligned with `snapshot_dates` (datetime64)."""
        return _between(snapshot_dates, self.train_from, self.train_to)

    def valid_rows(self, snapshot_dates: pd.Series) -> BoolArray:
        """Rows to judge on: bool, row-aligned with `snapshot_dates` (datetime64)."""
        return _between(snapshot_dates, self.valid_from, self.valid_to)


def rolling_folds(
    last_label_date: date, *, n_folds: int, train_days: int, valid_days: int, label_days: int
) -> list[Fold]:
    """Cut `n_folds` windows backwards from the last fully observed label.

    A snapshot's label is what happens in the `label_days` after it, so it is usable only once that window has closed.
    Training stops `label_days` before validation starts; without the gap the windows overlap and the score flatters.

    Args:
        last_label_date: Newest date (inclusive) for which outcomes are complete.
        train_days: Length of each training window, days.
        valid_days: Length of each validation window, days.
        label_days: Outcome horizon, days. Also the size of the embargo; 0 if the outcome is known on the day.

    Returns:
        Folds, oldest first, validation windows disjoint and adjoining.

    Raises:
        ValueError: Any count or length is below 1 (`label_days`: below 0).
    """
    if min(n_folds, train_days, valid_days) < 1 or label_days < 0:
        raise ValueError("n_folds, train_days and valid_days must be at least 1, label_days at least 0")
    folds = []
    valid_to = last_label_date - timedelta(days=label_days)
    for _ in range(n_folds):
        valid_from = valid_to - timedelta(days=valid_days - 1)
        # A label looks at the days after its snapshot up to and including the last: it may end on `valid_from`, and
        # where it ends on the day itself (label_days 0) that day must be before.
        train_to = valid_from - timedelta(days=max(label_days, 1))
        folds.append(Fold(train_to - timedelta(days=train_days - 1), train_to, valid_from, valid_to))
        valid_to = valid_from - timedelta(days=1)
    return folds[::-1]


def usable_folds(
    folds: list[Fold], snapshot_dates: pd.Series, outcomes: npt.NDArray[np.float64], *, min_rows: int
) -> list[Fold]:
    """Keep the folds whose windows both hold `min_rows` rows and both outcomes (0 and 1)."""

    def is_usable(rows: BoolArray) -> bool:
        found = outcomes[rows]
        return found.size >= min_rows and 0 < found.mean() < 1

    return [
        fold
        for fold in folds
        if is_usable(fold.train_rows(snapshot_dates)) and is_usable(fold.valid_rows(snapshot_dates))
    ]


def _between(dates: pd.Series, first: date, last: date) -> BoolArray:
    return np.asarray(dates.between(pd.Timestamp(first), pd.Timestamp(last)), dtype=bool)
