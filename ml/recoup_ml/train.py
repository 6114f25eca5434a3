"""Train the day's models: learn, judge out of time beside the plain rankers, fall back where the data do not carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup.day import Day
from recoup.settings import Settings
from recoup_ml import baselines
from recoup_ml.boosting import GradientModel, fit
from recoup_ml.calibration import Calibration, fit_calibration, logit
from recoup_ml.dataset import load_attempts, load_calls, load_outcomes, refuse_future_knowledge
from recoup_ml.effect import EffectModel, Trial, assumed_effect, fit_effect
from recoup_ml.evaluate import auc, calibration_error, ranking_report, reliability, rounded
from recoup_ml.habits import HabitModel, fit_habits
from recoup_ml.params import FeatureType, Params
from recoup_ml.payment import PaymentModel, default_payment
from recoup_ml.reach import ReachModel, default_reach, shrunk_rates
from recoup_ml.registry import PAYMENT, REACH, TrainedModel
from recoup_ml.splits import Fold, rolling_folds, usable_folds

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OutOfTime:
    """Scores that models gave to rows after those they had learnt from, pooled over folds, row-aligned.

    Attributes:
        rows: Positions in the training frame.
        scores: Uncalibrated.
        is_last: Rows of the newest fold.
    """

    folds: list[Fold]
    rows: npt.NDArray[np.intp]
    scores: Floats
    is_last: npt.NDArray[np.bool_]


def train_reach(day: Day, params: Params, settings: Settings) -> TrainedModel:
    """Train P(right party answers) on the attempts up to `as_of_date`.

    Raises:
        RecoupError: A feature is inadmissible, missing, or knows the future.
    """
    frame = load_attempts(day, params, settings)
    outcomes = _binary(frame["outcome"])
    calls = load_calls(day, settings)
    model, metrics = fit_reach(frame, outcomes, day, params, daily_capacity(settings, params), calls)
    return _trained(REACH, day, frame, metrics, params.reach.features, params, ("reach",), model.to_json())


def fit_reach(
    frame: pd.DataFrame, outcomes: Floats, day: Day, params: Params, capacity: float, calls: pd.DataFrame
) -> tuple[ReachModel, dict[str, Any]]:
    """Take the best rung that the attempts carry, and judge it.

    Args:
        frame: As `dataset.load_attempts` gives it, oldest first.
        outcomes: 1 = right party, row-aligned.
        capacity: Attempts a day; gives the list's own size.
        calls: As `dataset.load_calls` gives them.
    """
    own = params.reach
    figures: dict[str, Any] = {
        "attempts": len(frame),
        "right_party": int(outcomes.sum()),
        "right_party_rate": _rate(outcomes),
    }
    if len(frame) < own.min_attempts_for_rates:
        reason = f"{len(frame)} attempts with a known outcome, fewer than {own.min_attempts_for_rates}"
        return default_reach(own), figures | {"kind": "default", "fallback": reason}
    rates = shrunk_rates(frame, outcomes, own)
    if len(frame) < own.min_attempts or outcomes.sum() < own.min_right_party:
        reason = f"fewer than {own.min_attempts} attempts or {own.min_right_party} right-party contacts"
        return rates, figures | {"kind": "rates", "fallback": reason}
    refuse_future_knowledge(frame, outcomes, own.features, params.leakage)

    def scored(learn: pd.DataFrame, truth: Floats, judge: pd.DataFrame) -> Floats:
        return _reach_on_rates(learn, truth, params).predict(judge)

    # The outcome of an attempt is known the same day; the embargo is that day.
    seen = out_of_time(frame, outcomes, scored, params, day, label_days=1)
    if seen is None:
        return rates, figures | {"kind": "rates", "fallback": "too short a history to judge a model on later days"}
    last = seen.folds[-1]
    learn, judge = last.train_rows(frame["snapshot_date"]), seen.rows[seen.is_last]
    valid, early = frame.iloc[judge], shrunk_rates(frame[learn], outcomes[learn], own)
    judged, calibration = _judged(seen, outcomes, own.calibration)
    rankers = {"rates": early.predict(valid)} | baselines.reach_rankers(
        frame[learn], outcomes[learn], valid, own.prior_attempts
    )
    figures |= _report(outcomes[judge], None, judged, rankers, _list_share(capacity, valid), last)
    best = max(figures["baselines"][name]["auc"] or 0 for name in rankers)
    habits, signal = _habits_out_of_time(frame, outcomes, calls, params, day)
    figures |= {"hour_signal": signal}
    if habits is not None:
        by_habit, of_habits = _judged(habits, outcomes, own.calibration)
        # Where the hour says nothing, whoever ranks as well without hours is the better guide: it prefers none.
        slack = 0.0 if signal["is_claimed"] else params.promotion_tolerance_auc
        if (auc(outcomes[judge], by_habit) or 0) > max(best, figures["auc"] or 0) - slack:
            rankers["lightgbm"] = judged
            figures |= _report(outcomes[judge], None, by_habit, rankers, _list_share(capacity, valid), last)
            learnt = fit_habits(calls, own.habits, by_hour=signal["is_claimed"])
            return replace(rates, kind="habits", habits=learnt, calibration=of_habits), figures | {"kind": "habits"}
    if (figures["auc"] or 0) <= best:
        rejected = {name: figures[name] for name in ("auc", "alift", "calibration_error")}
        figures |= _report(outcomes[judge], None, rankers["rates"], rankers, _list_share(capacity, valid), last)
        reason = "the model did not beat the plain rates on later days"
        return rates, figures | {"kind": "rates", "fallback": reason, "rejected_model": rejected}
    model = _reach_on_rates(frame, outcomes, params)
    assert model.model is not None
    return replace(model, model=model.model.with_calibration(calibration)), figures | {"kind": "lightgbm"}


def _habits_out_of_time(
    frame: pd.DataFrame, outcomes: Floats, calls: pd.DataFrame, params: Params, day: Day
) -> tuple[OutOfTime | None, dict[str, Any]]:
    """What habits say of later days, and whether the hour says anything there.

    People who answer more or less at no hour of their own explain the same calls; the hour is claimed to matter only
    where habits with hours say later days better by two standard errors, people counted once.

    Returns:
        Scores of the habits that were taken, None without calls; gain in log-likelihood a call, its error, is_claimed.
    """

    def scored_by(by_hour: bool) -> OutOfTime | None:
        def scored(learn: pd.DataFrame, _: Floats, judge: pd.DataFrame) -> Floats:
            known = calls[calls["on_date"] <= learn["snapshot_date"].max() + pd.Timedelta(days=1)]
            model = fit_habits(known, params.reach.habits, by_hour=by_hour)
            return habit_chance(model, judge, calls)

        return out_of_time(frame, outcomes, scored, params, day, label_days=1)

    hourly, flat = (None, None) if calls.empty else (scored_by(True), scored_by(False))
    if hourly is None or flat is None:
        return None, {"is_claimed": False}
    truth = outcomes[hourly.rows]
    gain = np.where(truth == 1, np.log(hourly.scores / flat.scores), np.log((1 - hourly.scores) / (1 - flat.scores)))
    person, _ = pd.factorize(frame["person_key"].iloc[hourly.rows])
    mean = float(gain.mean())
    error = float(np.sqrt((np.bincount(person, weights=gain - mean) ** 2).sum()) / gain.size)
    claimed = mean > 2 * error
    return hourly if claimed else flat, {
        "log_likelihood_gain": rounded(mean), "standard_error": rounded(error), "is_claimed": claimed,
    }  # fmt: skip


def habit_chance(model: HabitModel, attempts: pd.DataFrame, calls: pd.DataFrame) -> Floats:
    """What habits say of attempts as `dataset.load_attempts` gives them, from the calls before each one's day."""
    return model.predict(attempts.assign(called_on=attempts["snapshot_date"] + pd.Timedelta(days=1)), calls)


def _reach_on_rates(frame: pd.DataFrame, outcomes: Floats, params: Params) -> ReachModel:
    """The rates, and a booster that starts from them; not calibrated."""
    own = params.reach
    rates = shrunk_rates(frame, outcomes, own)
    settings = {**params.lightgbm, **own.params}
    booster = fit(frame, outcomes, own.features, settings, own.rounds, start=logit(rates.predict(frame)))
    return replace(rates, kind="lightgbm", model=booster)


def train_payment(day: Day, params: Params, settings: Settings) -> TrainedModel:
    """Train both worlds of an account on outcomes whose window closed by `as_of_date`.

    Raises:
        RecoupError: A feature is inadmissible, missing, or knows the future.
    """
    frame = load_outcomes(day, params, settings)
    model, metrics = fit_payment(frame, day, params, daily_capacity(settings, params))
    features = {**params.payment.features, **params.effect.features}
    return _trained(PAYMENT, day, frame, metrics, features, params, ("payment", "effect"), model.to_json())


def fit_payment(frame: pd.DataFrame, day: Day, params: Params, capacity: float) -> tuple[PaymentModel, dict[str, Any]]:
    """Take the highest rung that the outcomes carry, and judge it.

    Args:
        frame: As `dataset.load_outcomes` gives it, oldest first.
        capacity: Attempts a day; gives the list's own size.
    """
    own = params.payment
    outcomes, spoken_to = _binary(frame["outcome"]), _binary(frame["spoken_to"])
    figures: dict[str, Any] = {"rows": len(frame), "paid": int(outcomes.sum()), "paid_rate": _rate(outcomes)}
    if len(frame) < own.min_labels or outcomes.sum() < own.min_paid:
        reason = f"fewer than {own.min_labels} observed outcomes or {own.min_paid} paid ones"
        model = default_payment(own, params.effect, has_contact_log=bool(spoken_to.any()))
        return model, figures | {"kind": "default", "fallback": reason, "effect": {"kind": "assumed"}}
    refuse_future_knowledge(frame, outcomes, own.features, params.leakage)
    settings = {**params.lightgbm, **own.params}

    def scored(learn: pd.DataFrame, truth: Floats, judge: pd.DataFrame) -> Floats:
        return fit(learn, truth, own.features, settings, own.rounds).raw(judge)

    seen = out_of_time(frame, outcomes, scored, params, day, label_days=params.horizon_days)
    calibration = Calibration()
    if seen is None:
        figures |= {"fallback": "too short a history to judge or calibrate on later days"}
    else:
        last = seen.rows[seen.is_last]
        judged, calibration = _judged(seen, outcomes, own.calibration)
        cash = pd.to_numeric(frame["cash_cents"]).fillna(0).to_numpy(dtype=np.float64)[last]
        late = frame.iloc[last]
        rankers = baselines.payment_rankers(late, judged)
        figures |= _report(outcomes[last], cash, judged, rankers, _list_share(capacity, late), seen.folds[-1])
    pay = fit(frame, outcomes, own.features, settings, own.rounds).with_calibration(calibration)
    spoken = fit(frame, spoken_to, own.features, settings, own.rounds // 2) if spoken_to.sum() >= own.min_paid else None
    effect, effect_figures = _effect(frame, outcomes, spoken_to, params, seen.folds[-1] if seen else None)
    ratio, if_paid, if_unpaid = _paid_ratio(frame, outcomes, params)
    model = PaymentModel(
        kind="lightgbm", effect=effect, default_pay={str(k): v for k, v in own.default_pay.items()},
        spoken_share=round(float(spoken_to.mean()), 9), ratio_if_paid=if_paid, ratio_if_unpaid=if_unpaid,
        pay=pay, spoken=spoken, ratio=ratio,
    )  # fmt: skip
    return model, figures | {"kind": "lightgbm", "effect": effect_figures, "ratio_if_paid": rounded(if_paid)}


def out_of_time(
    frame: pd.DataFrame,
    outcomes: Floats,
    scored: Callable[[pd.DataFrame, Floats, pd.DataFrame], Floats],
    params: Params,
    day: Day,
    *,
    label_days: int,
) -> OutOfTime | None:
    """Score each fold's later rows with a model of its earlier ones; None if no fold has enough of both.

    Args:
        scored: (rows to learn from, their outcomes, rows to score) → scores of the last.
    """
    dates = frame["snapshot_date"]
    wanted = params.folds
    # An attempt's snapshot is the day before it, and the last snapshot whose label can have closed is `label_days`
    # back.
    span = (pd.Timestamp(day.as_of_date) - dates.min()).days
    # A young company has a short history: shorter windows judge better than none.
    valid_days = max(1, min(wanted.valid_days, span // (wanted.count + 3)))
    folds = rolling_folds(
        day.as_of_date, n_folds=wanted.count, train_days=wanted.train_days, valid_days=valid_days, label_days=label_days
    )
    usable = usable_folds(folds, dates, outcomes, min_rows=200)
    if not usable or usable[-1] is not folds[-1]:
        return None
    rows, scores, is_last = [], [], []
    for fold in usable:
        learn, judge = fold.train_rows(dates), np.flatnonzero(fold.valid_rows(dates))
        rows.append(judge)
        scores.append(scored(frame[learn], outcomes[learn], frame.iloc[judge]))
        is_last.append(np.full(judge.size, fold is usable[-1]))
    return OutOfTime(usable, np.concatenate(rows), np.concatenate(scores), np.concatenate(is_last))


def daily_capacity(settings: Settings, params: Params) -> float:
    """Voice attempts that the company's agents can make in a day."""
    contact, (first, last) = settings.company.contact, params.lists.work_hours_local
    return contact.agents * contact.attempts_per_agent_hour * (last - first)


def _judged(seen: OutOfTime, outcomes: Floats, method: Any) -> tuple[Floats, Calibration]:
    """Calibrated scores of the newest fold, by a calibration that did not see it; and one of all folds, for use."""
    truth = outcomes[seen.rows]
    earlier = ~seen.is_last
    honest = fit_calibration(seen.scores[earlier], truth[earlier], method)
    return honest.apply(seen.scores[seen.is_last]), fit_calibration(seen.scores, truth, method)


def _report(
    truth: Floats, cash: Floats | None, judged: Floats, rankers: dict[str, Floats], list_share: float, fold: Fold
) -> dict[str, Any]:
    bins = [{name: rounded(value) for name, value in part.items()} for part in reliability(truth, judged)]
    return {
        **ranking_report(truth, cash, judged, list_share),
        "calibration_error": rounded(calibration_error(truth, judged)),
        "reliability": bins,
        "baselines": {name: ranking_report(truth, cash, scores, list_share) for name, scores in rankers.items()},
        "list_share": rounded(list_share),
        "judged_rows": int(truth.size),
        "judged_from": fold.valid_from.isoformat(),
        "judged_to": fold.valid_to.isoformat(),
        "embargo_days": (fold.valid_from - fold.train_to).days,
    }


def _effect(
    frame: pd.DataFrame, outcomes: Floats, spoken_to: Floats, params: Params, fold: Fold | None
) -> tuple[EffectModel, dict[str, Any]]:
    known = frame["logged_arm"].notna().to_numpy(dtype=bool)
    if not known.any():
        return assumed_effect(params.effect), {"kind": "assumed", "reason": "no arm was logged"}
    in_contact = np.where(frame["logged_arm"].to_numpy() == "control", 0.0, 1.0)
    trial = Trial(frame, frame["account_key"], frame["snapshot_date"], in_contact, spoken_to, outcomes).take(known)
    return fit_effect(trial, params.effect, params.lightgbm, fold)


def _paid_ratio(frame: pd.DataFrame, outcomes: Floats, params: Params) -> tuple[GradientModel | None, float, float]:
    """Share of the past due that is paid: a model of it among payers, its mean among them, and among the others."""
    due = pd.to_numeric(frame["due_cents"]).to_numpy(dtype=np.float64)
    share = np.clip(pd.to_numeric(frame["cash_cents"]).fillna(0).to_numpy(dtype=np.float64) / due, 0, 1)
    paid = outcomes == 1
    others = float(share[~paid].mean()) if (~paid).any() else 0.0
    settings = {**params.lightgbm, **params.payment.params, "objective": "regression", "num_leaves": 15}
    model = fit(frame[paid], share[paid], params.payment.features, settings, params.payment.rounds // 2)
    return model, round(float(share[paid].mean()), 9), round(others, 9)


def _list_share(capacity: float, rows: pd.DataFrame) -> float:
    """The list's size as a share of what there is to rank on one day, at most 1."""
    dates = rows["snapshot_date"].nunique()
    return 1.0 if dates == 0 else float(min(1.0, max(capacity, 1.0) / (len(rows) / dates)))


def _trained(
    name: str, day: Day, frame: pd.DataFrame, metrics: dict[str, Any], features: dict[str, FeatureType], params: Params,
    sections: tuple[str, ...], artifact: dict[str, Any],
) -> TrainedModel:  # fmt: skip
    used = params.model_dump(
        mode="json", include={*sections, "lightgbm", "folds", "horizon_days", "leakage", "max_training_rows"}
    )
    return TrainedModel(
        name=name,
        as_of_date=day.as_of_date,
        data_from=None if frame.empty else frame["snapshot_date"].min().date(),
        data_to=None if frame.empty else frame["snapshot_date"].max().date(),
        params=used,
        metrics=metrics,
        features=tuple(features),
        artifact=artifact,
    )


def _binary(column: pd.Series) -> Floats:
    return np.asarray(column.astype("boolean").fillna(False), dtype=np.float64)


def _rate(outcomes: Floats) -> float | None:
    return rounded(float(outcomes.mean())) if outcomes.size else None
