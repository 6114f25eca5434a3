"""The project's training code on public data sets, judged on rows it did not learn from, beside what is known of them.

One set of parameters (`public` in ml/params.yaml) for all. "Par" is plain LightGBM, untuned, without columns that are
known only afterwards. Nothing here is read by the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup_ml import public_data
from recoup_ml.boosting import GradientModel, fit
from recoup_ml.calibration import fit_calibration
from recoup_ml.dataset import refuse_future_knowledge
from recoup_ml.effect import Trial, fit_effect
from recoup_ml.evaluate import alift, auc, calibration_error, cash_share_at, qini
from recoup_ml.params import Effect, Params, PublicData, load_params
from recoup_ml.splits import rolling_folds

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

LISTED_SHARE = 0.2
"""The part of the ranking whose impact by group is shown."""


@dataclass(frozen=True)
class Figure:
    """One line of the table; `par` and `published` are empty where nothing is known."""

    data_set: str
    split: str
    figure: str
    ours: str
    par: str = ""
    published: str = ""

    def as_row(self) -> dict[str, str]:
        """Column → text, in the table's order."""
        return {
            "data set": self.data_set, "split": self.split, "figure": self.figure, "ours": self.ours,
            "par": self.par, "published": self.published,
        }  # fmt: skip


def evaluate_public(directory: Path, settings: Settings, progress: Callable[[str], None]) -> list[dict[str, str]]:
    """Measure every data set; one mapping of column to text for each line of the table.

    Args:
        directory: Holds one folder for each data set.
        progress: Told what is being measured.

    Raises:
        RecoupError: A file or the parameters' section is missing, or a figure is too good to be true.
    """
    params = load_params(settings)
    if params.public is None:
        raise RecoupError("ml/params.yaml has no section public: restore it.")
    figures: list[Figure] = []
    for name, measure in (
        ("bank_marketing", bank_marketing), ("uci_credit", uci_credit), ("hillstrom_womens", hillstrom_womens),
        ("ibm_ar", ibm_ar),
    ):  # fmt: skip
        progress(f"Evaluating {name}")
        figures += measure(directory, params, params.public)
    return [figure.as_row() for figure in figures]


def bank_marketing(directory: Path, params: Params, own: PublicData) -> list[Figure]:
    """Who is worth a call: at random, on the last 30 % of the calls, and on each tenth after those before it."""
    frame, outcomes = public_data.load_bank_marketing(directory)
    features = "bank_marketing"
    scores, _ = _cross_fitted(frame, outcomes, features, params, own)
    cut = round(0.7 * len(frame))
    earlier, later = np.arange(cut), np.arange(cut, len(frame))
    judged = scored_later(frame, outcomes, earlier, later, features, params, own)
    # The calibration learns on the newest tenth of what is before the cut, from a model of what is before that.
    held = round(0.9 * cut)
    early, newest = np.arange(held), np.arange(held, cut)
    map_rows = _fitted(frame, outcomes, early, features, params, own).predict(frame.iloc[newest])
    calibrated = fit_calibration(map_rows, outcomes[newest], own.calibration).apply(judged)
    tenths = np.array_split(np.arange(len(frame)), 10)
    rolling = [
        _known(auc(outcomes[tenth], _fitted(frame, outcomes, before, features, params, own).predict(frame.iloc[tenth])))
        for before, tenth in ((np.arange(tenth[0]), tenth) for tenth in tenths[1:])
    ]
    refuse_too_good(float(np.mean(rolling)), own, "rolling tenths")
    at_random, by_time = f"random {own.folds}-fold", "time 70/30"

    def ranking(split: str, truth: Floats, score: Floats, par: str, published: tuple[str, str, str]) -> list[Figure]:
        return [
            Figure(features, split, "AUC", _text(auc(truth, score)), par, published[0]),
            Figure(features, split, "ALIFT", _text(alift(truth, score)), "", published[1]),
            Figure(features, split, "successes in the top half", _percent(cash_share_at(truth, score, 0.5)), "",
                   published[2]),
        ]  # fmt: skip

    return [
        *ranking(at_random, outcomes, scores, "0.805", ("", "", "")),
        *ranking(by_time, outcomes[later], judged, "0.673", ("0.80 ¹", "0.70 ¹", "79 % ¹")),
        Figure(features, by_time, "calibration error", _text(calibration_error(outcomes[later], calibrated))),
        Figure(features, "rolling tenths", "AUC, mean of 9", _text(float(np.mean(rolling))), "0.557"),
    ]


def uci_credit(directory: Path, params: Params, own: PublicData) -> list[Figure]:
    """Default next month, and what a list of the riskiest fifth would mean for groups the model does not know."""
    accounts = public_data.load_uci_credit(directory)
    outcomes, split = accounts.is_default, f"random {own.folds}-fold"
    scores, fold = _cross_fitted(accounts.frame, outcomes, "uci_credit", params, own)
    calibrated = np.empty_like(scores)
    for held_out in range(own.folds):
        others, judge = fold != held_out, fold == held_out
        calibrated[judge] = fit_calibration(scores[others], outcomes[others], own.calibration).apply(scores[judge])
    is_listed = np.zeros(scores.size, dtype=bool)
    is_listed[np.argsort(-scores, kind="stable")[: round(LISTED_SHARE * scores.size)]] = True
    figures = [
        Figure("uci_credit", split, "AUC", _text(auc(outcomes, scores)), "0.782"),
        Figure("uci_credit", split, "calibration error", _text(calibration_error(outcomes, calibrated))),
    ]
    for column in ("sex", "age_band"):
        for name, rows in accounts.group.groupby(column).indices.items():
            selected = float(is_listed[rows].mean())
            found = float(is_listed[rows][outcomes[rows] == 1].mean())
            text = f"{_percent(selected)}, {_percent(found)}"
            figures.append(Figure("uci_credit", split, f"top 20 %, {name}: selected, defaults found", text))
    return figures


def hillstrom_womens(directory: Path, params: Params, own: PublicData) -> list[Figure]:
    """Whom an e-mail moves: the effect learner (instrument: the arm itself) beside a model of visits once mailed."""
    trial = public_data.load_hillstrom_womens(directory)
    name, features = "hillstrom_womens", own.features["hillstrom_womens"]
    settings = Effect.model_validate({**params.effect.model_dump(), "features": features})
    fold = _random_folds(len(trial.frame), own.folds, params)
    effect, response, learned = np.empty(fold.size), np.empty(fold.size), 0
    # The experiment has no dates: all its rows are of one day, and what judges is held out here.
    (one_day,) = rolling_folds(pd.Timestamp("2008-03-20").date(), n_folds=1, train_days=1, valid_days=1, label_days=0)
    as_trial = Trial(
        frame=trial.frame,
        account=pd.Series(np.arange(fold.size)),
        snapshot=pd.Series(pd.Timestamp(one_day.train_to), index=trial.frame.index),
        in_contact=trial.is_treated,
        spoken_to=trial.is_treated,
        paid=trial.has_visited,
    )
    for held_out in range(own.folds):
        learn, judge = fold != held_out, fold == held_out
        model, found = fit_effect(as_trial.take(learn), settings, params.lightgbm, one_day)
        learned += found["kind"] == "learned"
        judged, treated = trial.frame[judge], learn & (trial.is_treated == 1)
        visits, visits_if_treated = (
            _fitted(trial.frame, trial.has_visited, np.flatnonzero(rows), name, params, own)
            for rows in (learn, treated)
        )
        effect[judge] = model.predict(judged, visits.predict(judged))
        response[judge] = visits_if_treated.predict(judged)
    truth = trial.has_visited, trial.is_treated, np.full(fold.size, trial.is_treated.mean())
    drawn = np.random.default_rng(_seed(params))
    samples = np.empty((own.bootstrap_samples, 2))
    for sample in samples:
        rows = drawn.integers(fold.size, size=fold.size)
        picked = truth[0][rows], truth[1][rows], truth[2][rows]
        sample[:] = [_known(qini(*picked, scores[rows])) for scores in (effect, response)]
    split = f"random {own.folds}-fold"
    ours, plain = (_known(qini(*truth, scores)) for scores in (effect, response))
    area = "Qini area over random per treated"
    return [
        Figure(name, split, f"{area}: effect learner", _interval(ours, samples[:, 0]), "0.0069 ± 0.0007 ²"),
        Figure(name, split, f"{area}: response model", _interval(plain, samples[:, 1]), "0.0044"),
        Figure(name, split, "effect learner − response model", _interval(ours - plain, samples[:, 0] - samples[:, 1])),
        Figure(name, split, "folds in which the learned effect held", f"{learned} of {own.folds}"),
    ]


def ibm_ar(directory: Path, params: Params, own: PublicData) -> list[Figure]:
    """Which invoice will be late, and by when it is settled: the newest 30 % of the days, after an embargo."""
    invoices = public_data.load_ibm_ar(directory)
    first, last = invoices.issued.min(), invoices.issued.max()
    valid_days = round(0.3 * ((last - first).days + 1))
    (fold,) = rolling_folds(
        (last + pd.Timedelta(days=own.embargo_days)).date(), n_folds=1, train_days=(last - first).days + 1,
        valid_days=valid_days, label_days=own.embargo_days,
    )  # fmt: skip
    learn = np.flatnonzero(fold.train_rows(invoices.issued))
    judge = np.flatnonzero(fold.valid_rows(invoices.issued))
    late = _fitted(invoices.frame, invoices.is_late, learn, "ibm_ar", params, own).predict(invoices.frame.iloc[judge])
    # The median is the guess with the least mean absolute error.
    days = _fitted(invoices.frame, invoices.days_to_settle, learn, "ibm_ar", params, own, objective="regression_l1")
    error = np.abs(invoices.days_to_settle[judge] - days.raw(invoices.frame.iloc[judge])).mean()
    split = f"time, last {valid_days} days, embargo {own.embargo_days}"
    return [
        Figure("ibm_ar", split, "AUC late", _text(auc(invoices.is_late[judge], late)), "0.871"),
        Figure("ibm_ar", split, "MAE days to settle", f"{error:.1f}", "6.2"),
    ]


def scored_later(
    frame: pd.DataFrame, outcomes: Floats, earlier: Rows, later: Rows, data_set: str, params: Params, own: PublicData
) -> Floats:
    """Scores of the `later` rows by a model of the `earlier` ones, float64, row-aligned with `later`.

    Raises:
        RecoupError: They rank better than anything known beforehand can, or one column alone does so over all rows.
    """
    scores = _fitted(frame, outcomes, earlier, data_set, params, own).predict(frame.iloc[later])
    refuse_too_good(_known(auc(outcomes[later], scores)), own, "time split")
    # The length of a call ranks all contacts with 0.82, yet a model that learnt from it stays below the limit on later
    # rows: a column has to pass on its own as well.
    limits = params.leakage.model_copy(update={"max_single_feature_auc": own.max_time_split_auc})
    refuse_future_knowledge(frame, outcomes, own.features[data_set], limits)
    return scores


def refuse_too_good(found: float, own: PublicData, split: str) -> None:
    """Raise if an AUC on later rows is one that only a column from after the outcome can give."""
    if found >= own.max_time_split_auc:
        raise RecoupError(
            f"bank_marketing, {split}: AUC {found:.3f} is {own.max_time_split_auc:g} or more, so a column knows the "
            "future: remove it from public.features in ml/params.yaml."
        )


def _cross_fitted(
    frame: pd.DataFrame, outcomes: Floats, data_set: str, params: Params, own: PublicData
) -> tuple[Floats, Rows]:
    """Scores of every row by a model of the other folds, and its fold."""
    fold = _random_folds(len(frame), own.folds, params)
    scores = np.empty(len(frame))
    for held_out in range(own.folds):
        model = _fitted(frame, outcomes, np.flatnonzero(fold != held_out), data_set, params, own)
        scores[fold == held_out] = model.predict(frame[fold == held_out])
    return scores, fold


def _fitted(
    frame: pd.DataFrame, target: Floats, rows: Rows, data_set: str, params: Params, own: PublicData,
    *, objective: str = "binary",
) -> GradientModel:  # fmt: skip
    features = own.features.get(data_set, {})
    missing = sorted(set(features) - set(frame.columns))
    if missing or not features:
        raise RecoupError(
            f"ml/params.yaml: public.features.{data_set}: "
            + (
                f"the data set has no column {missing[0]}; remove it."
                if missing
                else "no feature is named; restore it."
            )
        )
    settings = {**params.lightgbm, **own.params, "objective": objective}
    return fit(frame.iloc[rows], target[rows], features, settings, own.rounds)


def _random_folds(count: int, folds: int, params: Params) -> Rows:
    """Fold of each row, 0 to folds − 1, sizes equal to within one."""
    return np.random.default_rng(_seed(params)).permutation(count) % folds


def _seed(params: Params) -> int:
    return int(params.lightgbm["seed"])


def _known(figure: float | None) -> float:
    if figure is None:
        raise RecoupError("The public data set holds one outcome only: fetch it again.")
    return figure


def _text(figure: float | None) -> str:
    return f"{_known(figure):.3f}"


def _percent(share: float | None) -> str:
    return f"{100 * _known(share):.1f} %"


def _interval(figure: float, samples: Floats) -> str:
    low, high = np.quantile(samples, [0.025, 0.975])
    return f"{figure:.4f} ({low:.4f} to {high:.4f})"
