"""Training stops where validation's labels would begin to overlap it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_ml.splits import rolling_folds, usable_folds

COUNTS = st.integers(1, 6)
LENGTHS = st.integers(1, 90)


@given(COUNTS, LENGTHS, LENGTHS, st.integers(0, 60))
def test_no_training_label_reaches_into_validation_and_no_label_is_open(
    n_folds: int, train_days: int, valid_days: int, label_days: int
) -> None:
    last = date(2026, 3, 31)
    folds = rolling_folds(last, n_folds=n_folds, train_days=train_days, valid_days=valid_days, label_days=label_days)
    assert len(folds) == n_folds
    for fold in folds:
        assert fold.train_to + timedelta(days=label_days) <= fold.valid_from
        assert fold.train_to < fold.valid_from
        assert (fold.train_to - fold.train_from).days == train_days - 1
        assert (fold.valid_to - fold.valid_from).days == valid_days - 1
    assert folds[-1].valid_to + timedelta(days=label_days) == last
    for earlier, later in pairwise(folds):
        assert earlier.valid_to + timedelta(days=1) == later.valid_from


def test_the_boundaries_are_these_days() -> None:
    (fold,) = rolling_folds(date(2026, 3, 31), n_folds=1, train_days=10, valid_days=7, label_days=14)
    assert (fold.valid_from, fold.valid_to) == (date(2026, 3, 11), date(2026, 3, 17))
    assert (fold.train_from, fold.train_to) == (date(2026, 2, 16), date(2026, 2, 25))
    dates = pd.Series(
        pd.to_datetime(["2026-02-15", "2026-02-16", "2026-02-25", "2026-02-26", "2026-03-10", "2026-03-11"])
    )
    assert fold.train_rows(dates).tolist() == [False, True, True, False, False, False]
    assert fold.valid_rows(dates).tolist() == [False, False, False, False, False, True]


@pytest.mark.parametrize("wrong", [{"n_folds": 0}, {"train_days": 0}, {"valid_days": 0}, {"label_days": -1}])
def test_lengths_below_one_are_refused(wrong: dict[str, int]) -> None:
    lengths = {"n_folds": 1, "train_days": 1, "valid_days": 1, "label_days": 1} | wrong
    with pytest.raises(ValueError, match="at least"):
        rolling_folds(date(2026, 1, 1), **lengths)


def test_a_fold_with_one_outcome_only_is_not_used() -> None:
    folds = rolling_folds(date(2026, 3, 31), n_folds=1, train_days=30, valid_days=10, label_days=1)
    dates = pd.Series(pd.date_range("2026-02-20", "2026-03-30"))
    mixed = np.arange(len(dates)) % 2.0
    assert usable_folds(folds, dates, mixed, min_rows=5) == folds
    assert usable_folds(folds, dates, np.zeros(len(dates)), min_rows=5) == []
    assert usable_folds(folds, dates, mixed, min_rows=11) == []
