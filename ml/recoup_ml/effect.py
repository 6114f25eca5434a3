"""What a conversation adds to the probability of paying, learnt from the randomized arms.

The arm (contacted or control) is random; who is spoken to is not. So the arm is the instrument: with m = P(paid | x),
e = P(contacted arm | x) and r = how much more often the contacted arm is spoken to, a row says
    paid − m(x) = (arm − e(x)) · r(x) · effect(x) + noise,
which is fitted by weighted least squares (the residual-on-residual form of Nie and Wager 2021, doi
10.1093/biomet/asaa076, with a one-sided instrument). Three rungs, as far as the control arm carries:

* `assumed`: too few rows: the prior of ml/params.yaml;
* `average`: one size, shaped 4·p·(1 − p): who surely pays, or surely does not, is moved least; pulled to the prior by
its error; * `learned`: that, plus a small boosted correction, scaled by what it explains on other accounts at later
dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup_ml.boosting import GradientModel, fit
from recoup_ml.evaluate import auc, qini, rounded
from recoup_ml.params import Effect, LightgbmParams
from recoup_ml.splits import Fold

Floats = npt.NDArray[np.float64]
Kind = Literal["learned", "average", "assumed"]

_SMALLEST_INSTRUMENT = 1e-3


@dataclass(frozen=True)
class EffectModel:
    """Effect of a conversation on P(pay), in probability points.

    Attributes:
        size: Effect at an even chance of paying.
        slope: Share of the learned correction that held on unseen accounts and later dates, in [0, 1].
        limit: No effect is larger than this, up or down.
    """

    kind: Kind
    size: float
    limit: float
    slope: float = 0.0
    correction: GradientModel | None = None

    def predict(self, frame: pd.DataFrame, p_pay: Floats) -> Floats:
        """Effects in [−limit, limit], float64, shape (n,), row-aligned with `frame` and `p_pay` (P(pay) today)."""
        effect = self.size * shape(p_pay)
        if self.correction is not None:
            effect = effect + self.slope * self.correction.raw(frame)
        return np.clip(effect, -self.limit, self.limit)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same model back to the bit."""
        return {
            "kind": self.kind, "size": self.size, "limit": self.limit, "slope": self.slope,
            "correction": self.correction.to_json() if self.correction else None,
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> EffectModel:
        """The model that `to_json` wrote."""
        correction = GradientModel.from_json(content["correction"]) if content["correction"] else None
        return cls(**{**content, "correction": correction})


@dataclass(frozen=True)
class Trial:
    """The randomized rows, row-aligned.

    Attributes:
        frame: The effect's features.
        account: Account ids; repeated rows of one account are no independent evidence.
        snapshot: Snapshot dates, datetime64.
        in_contact: 1 = treated or explore, 0 = control.
        spoken_to: 1 = a right-party contact in the week after.
        paid: 1 = paid within the horizon.
    """

    frame: pd.DataFrame
    account: pd.Series
    snapshot: pd.Series
    in_contact: Floats
    spoken_to: Floats
    paid: Floats

    def take(self, rows: npt.NDArray[np.bool_]) -> Trial:
        """The rows that `rows` (bool) marks."""
        return Trial(
            self.frame[rows],
            self.account[rows],
            self.snapshot[rows],
            self.in_contact[rows],
            self.spoken_to[rows],
            self.paid[rows],
        )


def shape(p_pay: Floats) -> Floats:
    """How movable a person is, in [0, 1]: 1 at an even chance, 0 at the ends."""
    return 4 * p_pay * (1 - p_pay)


def assumed_effect(params: Effect) -> EffectModel:
    """The bottom rung."""
    return EffectModel("assumed", params.assumed_effect, params.max_effect)


def fit_effect(
    trial: Trial, params: Effect, lightgbm: LightgbmParams, last_fold: Fold | None
) -> tuple[EffectModel, dict[str, Any]]:
    """Learn the effect and judge it.

    Args:
        last_fold: Dates to learn from and later dates to judge on; None = nothing to judge on, so nothing beyond an
            average.

    Returns:
        The model and its figures: arms, average effect with standard error, slope, Qini.
    """
    control = trial.in_contact == 0
    figures: dict[str, Any] = {
        "control_rows": int(control.sum()),
        "contact_rows": int((~control).sum()),
        "control_paid_rate": rounded(float(trial.paid[control].mean()) if control.any() else None),
        "contact_paid_rate": rounded(float(trial.paid[~control].mean()) if (~control).any() else None),
        "contact_spoken_rate": rounded(float(trial.spoken_to[~control].mean()) if (~control).any() else None),
    }
    if (
        control.sum() < params.min_control_rows
        or trial.paid[control].sum() < params.min_control_paid
        or trial.spoken_to[~control].sum() < params.min_contacted
    ):
        return assumed_effect(params), figures | {
            "kind": "assumed",
            "reason": "the control arm or its contrast is too small",
        }

    group = _groups(trial.account, params.groups)
    paid_chance, contact_chance, spoken_chance = _nuisances(trial, group, params, lightgbm)
    instrument = (trial.in_contact - contact_chance) * spoken_chance
    instrument = np.where(instrument < 0, -1.0, 1.0) * np.maximum(np.abs(instrument), _SMALLEST_INSTRUMENT)
    surprise = trial.paid - paid_chance
    measured, error = _measured_size(instrument * shape(paid_chance), surprise, trial.account)
    size = _pulled_to_prior(measured, error, params)
    figures |= {
        "effect_at_even_chance_measured": rounded(measured), "effect_at_even_chance_error": rounded(error),
        "effect_at_even_chance": rounded(size), "average_effect": rounded(float((size * shape(paid_chance)).mean())),
        # Near 0.5 if the arms were drawn at random and stayed comparable; far from it, the contrast is suspect.
        "arm_predictability_auc": rounded(auc(trial.in_contact, contact_chance)),
    }  # fmt: skip
    average = EffectModel("average", round(size, 9), params.max_effect)
    if last_fold is None:
        return average, figures | {"kind": "average", "reason": "no later dates to judge a learned effect on"}

    base = average.size * shape(paid_chance)
    weight = instrument**2 / np.mean(instrument[control] ** 2)
    pseudo = surprise / instrument - base
    everywhere, early = np.ones(len(pseudo), dtype=bool), last_fold.train_rows(trial.snapshot)
    unseen = _on_unseen_accounts(trial.frame, pseudo, weight, group, everywhere, params, lightgbm)
    slope, slope_error = _measured_size(np.sqrt(weight) * unseen, np.sqrt(weight) * pseudo, trial.account)
    figures |= {"slope_on_unseen": rounded(slope), "slope_error": rounded(slope_error)}
    # The positive part of James and Stein's estimator: what may be luck counts for nothing, what is sure counts whole.
    slope = min(slope * max(0.0, 1 - (slope_error / slope) ** 2), 1.0) if slope > 0 else 0.0
    figures |= {"slope_used": rounded(slope)}
    # Judged on other accounts AND later dates: one person's weeks resemble each other.
    later = _on_unseen_accounts(trial.frame, pseudo, weight, group, early, params, lightgbm)
    judged = last_fold.valid_rows(trial.snapshot)
    if judged.any():
        rankers = {"effect": spoken_chance * (base + slope * later), "propensity": paid_chance} | {
            name: pd.to_numeric(trial.frame[name]).fillna(0).to_numpy(dtype=np.float64)
            for name in ("days_past_due", "past_due_cents")
            if name in trial.frame
        }
        arms = trial.in_contact[judged], np.clip(contact_chance[judged], 0.02, 0.98)
        figures |= {
            "qini": {name: rounded(qini(trial.paid[judged], *arms, score[judged])) for name, score in rankers.items()}
        }
        figures |= {"judged_rows": int(judged.sum())}
    if slope < 0.05:
        return average, figures | {"kind": "average", "reason": "a learned effect did not hold on unseen accounts"}
    correction = _correction(trial.frame, pseudo, weight, params, lightgbm)
    learned = EffectModel("learned", average.size, params.max_effect, round(slope, 9), correction)
    return learned, figures | {"kind": "learned"}


def _groups(account: pd.Series, count: int) -> npt.NDArray[np.int64]:
    """Group of each row, 0 to count − 1: all rows of an account share one, chosen by its id's rank among the ids."""
    codes, _ = pd.factorize(account, sort=True)
    # Neighbouring ids often come from one cohort: a multiplier spreads them.
    return ((codes.astype(np.int64) * 7919) % 104_729) % count


def _nuisances(
    trial: Trial, group: npt.NDArray[np.int64], params: Effect, lightgbm: LightgbmParams
) -> tuple[Floats, Floats, Floats]:
    """P(paid), P(contacted arm) and how much oftener that arm is spoken to, from models that never saw the account."""
    paid, contact, spoken = (np.empty(len(trial.paid)) for _ in range(3))
    settings = {**lightgbm, **params.nuisance_params, "objective": "binary"}
    background = float(trial.spoken_to[trial.in_contact == 0].mean())
    for held_out in range(params.groups):
        learn, judge = group != held_out, group == held_out
        if not judge.any():
            continue
        target = trial.frame[judge]
        contacted = learn & (trial.in_contact == 1)
        for out, rows, outcome, rounds in (
            (paid, learn, trial.paid, params.nuisance_rounds),
            # The arm is (nearly) a coin: a quarter of the rounds suffices to see how far it is not.
            (contact, learn, trial.in_contact, max(1, params.nuisance_rounds // 4)),
            (spoken, contacted, trial.spoken_to, params.nuisance_rounds),
        ):
            out[judge] = fit(trial.frame[rows], outcome[rows], params.features, settings, rounds).raw(target)
    return paid, contact, np.maximum(spoken - background, 0.005)


def _measured_size(regressor: Floats, surprise: Floats, account: pd.Series) -> tuple[float, float]:
    """Least squares of surprise on regressor, and the standard error clustered by account."""
    denominator = float((regressor**2).sum())
    if denominator < 1e-12:
        return 0.0, 1.0
    size = float((regressor * surprise).sum()) / denominator
    codes, _ = pd.factorize(account)
    by_account = np.bincount(codes, weights=regressor * (surprise - size * regressor))
    return size, float(np.sqrt((by_account**2).sum())) / denominator


def _pulled_to_prior(measured: float, error: float, params: Effect) -> float:
    """Precision-weighted mean of what was measured and what was assumed."""
    own, prior = 1 / max(error, 1e-9) ** 2, 1 / params.assumed_effect_sd**2
    return (own * measured + prior * params.assumed_effect) / (own + prior)


def _correction(
    frame: pd.DataFrame, pseudo: Floats, weight: Floats, params: Effect, lightgbm: LightgbmParams
) -> GradientModel:
    """Boosted deviation from the average, each leaf pulled to none; weights count in control rows."""
    settings = {
        **lightgbm, **params.params, "boost_from_average": False,
        "lambda_l2": params.shrinkage_control_rows, "min_sum_hessian_in_leaf": params.min_leaf_control_rows,
    }  # fmt: skip
    return fit(frame, pseudo, params.features, settings, params.rounds, weight=weight)


def _on_unseen_accounts(
    frame: pd.DataFrame,
    pseudo: Floats,
    weight: Floats,
    group: npt.NDArray[np.int64],
    learnable: npt.NDArray[np.bool_],
    params: Effect,
    lightgbm: LightgbmParams,
) -> Floats:
    """Corrections for every row from models of the other groups' `learnable` rows."""
    found = np.zeros(len(pseudo))
    for held_out in range(params.groups):
        learn, judge = learnable & (group != held_out), group == held_out
        if learn.any() and judge.any():
            found[judge] = _correction(frame[learn], pseudo[learn], weight[learn], params, lightgbm).raw(frame[judge])
    return found
