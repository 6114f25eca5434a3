"""The engine's stages of the day. Each replaces its own date in one transaction; running it again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pandas as pd

from recoup.day import Day
from recoup.errors import RecoupError
from recoup.replay.made_with import made_with
from recoup.settings import Settings
from recoup.warehouse import connect
from recoup_ml.dataset import load_calls, load_population, load_slots
from recoup_ml.exclusions import BLOCKING, LEFT_ALONE, OWN_WORDS
from recoup_ml.frames import composed, replace_rows
from recoup_ml.list_inputs import load_inputs
from recoup_ml.lists import Proposal, propose
from recoup_ml.model_card import write_card
from recoup_ml.params import Params, load_params
from recoup_ml.reach import ReachModel
from recoup_ml.reasons import FeatureReasons, load_contradictions, load_reasons, reason_codes, words_of_codes
from recoup_ml.registry import (
    PAYMENT,
    REACH,
    TrainedModel,
    champion_at,
    load_payment,
    load_reach,
    model_set,
    newest_at,
    register,
)
from recoup_ml.score import score_slots, score_values
from recoup_ml.train import train_payment, train_reach

LEARNT = ("habits", "lightgbm")
"""Kinds of model that are no fallback."""

Trainer = Callable[[Day, Params, Settings], TrainedModel]


def train_reach_model(day: Day, settings: Settings) -> dict[str, int]:
    """Train P(right party answers) if the champion is old or was a fallback; {"trained": 0} otherwise."""
    return _train(REACH, train_reach, day, settings)


def train_payment_model(day: Day, settings: Settings) -> dict[str, int]:
    """Train both worlds of an account if the champion is old or was a fallback; {"trained": 0} otherwise."""
    return _train(PAYMENT, train_payment, day, settings)


def score_accounts(day: Day, settings: Settings) -> dict[str, int]:
    """Replace the date's scores.reach and scores.contact_value.

    Raises:
        RecoupError: No model was trained yet.
    """
    params = load_params(settings)
    models = model_set(day, settings)
    chances = load_reach(models.reach, settings)
    reach = score_slots(_slots(day, params, chances, settings), chances, models.reach)
    population = load_population(day, params, settings)
    values = score_values(
        population, load_payment(models.payment, settings), models.payment, settings.company, params.lists
    )
    where = {"as_of_date": day.as_of_date}
    scores = settings.schema("scores")
    with connect("scorer", settings) as connection:
        return {
            "reach": replace_rows(connection, (scores, "reach"), _dated(reach, where), where=where),
            "contact_value": replace_rows(connection, (scores, "contact_value"), _dated(values, where), where=where),
        }


def propose_lists(day: Day, settings: Settings) -> dict[str, int]:
    """Replace the list date's proposals: whom to contact, when, who is left out and why.

    Raises:
        RecoupError: The population has no scores: score_accounts has not run for this date.
    """
    params = load_params(settings)
    inputs = load_inputs(day, settings)
    needed = inputs.population[~inputs.population["account_id"].isin(inputs.erased["account_id"])]
    unscored = len(needed) - int(needed["account_id"].isin(inputs.values["account_id"]).sum())
    if unscored:
        raise RecoupError(
            f"{unscored} of {len(needed)} accounts past due on {day.as_of_date} have no scores: run the "
            "stage score_accounts."
        )
    models = model_set(day, settings)
    proposal = propose(inputs, day, params, settings.company)
    said = load_reasons(settings)
    reasons = _reasons(proposal, day, params, models.reach, models.payment, said, settings)
    stamped = {
        "list_date": day.list_date, "as_of_date": day.as_of_date, "model_version": models.version,
        "rule_version": inputs.rule_version, "run_id": f"run-{day.as_of_date:%Y%m%d}",
    }  # fmt: skip
    priority = _dated(proposal.priority.drop(columns="local_hour").assign(reason_codes=reasons), stamped)
    where = {"list_date": day.list_date}
    best_times = _dated(proposal.best_times, {**where, "model_version": models.reach})
    scores = settings.schema("scores")
    with connect("scorer", settings) as connection:
        counts = {
            "contact_priority": replace_rows(connection, (scores, "proposed_contact_priority"), priority, where=where),
            "best_time_to_contact": replace_rows(
                connection, (scores, "proposed_best_time_to_contact"), best_times, where=where
            ),
            "excluded": replace_rows(
                connection, (scores, "proposed_excluded"), _dated(proposal.excluded, where), where=where
            ),
            "slot_propensity": replace_rows(
                connection, (scores, "slot_propensity"), _dated(proposal.propensity, where), where=where
            ),
        }
        if settings.aside is None:
            made = pd.DataFrame({"list_date": [day.list_date], "made_with": [json.dumps(made_with(day, settings))]})
            replace_rows(connection, (scores, "proposed_with"), made, where=where)
        for kind, words in _reason_words(said).items():
            replace_rows(connection, (scores, "reason_words"), words, where={"kind": kind})
        connection.execute(
            composed(
                """
                update {scores}.contact_value as v
                set reason_codes = coalesce(p.reason_codes, {none})
                from {scores}.contact_value as every_value
                left join {scores}.proposed_contact_priority as p
                    on p.as_of_date = every_value.as_of_date and p.account_id = every_value.account_id
                where v.as_of_date = {as_of_date} and every_value.as_of_date = v.as_of_date
                    and every_value.account_id = v.account_id
                    and v.reason_codes is distinct from coalesce(p.reason_codes, {none})
                """,
                {"as_of_date": day.as_of_date, "none": "{}"},
                settings,
            )
        )
    return counts


def _train(name: str, trainer: Trainer, day: Day, settings: Settings) -> dict[str, int]:
    params = load_params(settings)
    champion, newest = (found(name, day.as_of_date, settings) for found in (champion_at, newest_at))
    if champion is not None and newest is not None:
        age = (day.as_of_date - newest.as_of_date).days
        # A fallback waits for no anniversary: the day there is enough to learn from, it goes.
        is_learnt = champion.metrics.get("kind") in LEARNT
        if age == 0 or (is_learnt and age < params.retrain_after_days):
            return {"trained": 0}
    model = trainer(day, params, settings)
    verdict, is_promoted = _verdict(model, champion.metrics if champion else None, params)
    model.metrics["promotion"] = verdict
    with connect("scorer", settings) as connection:
        register(connection, model, is_promoted=is_promoted)
    write_card(model, settings.artifacts / "model_cards")
    return {"trained": 1, "promoted": int(is_promoted)}


def _verdict(model: TrainedModel, champion: dict[str, object] | None, params: Params) -> tuple[str, bool]:
    """Whether a new model replaces the champion, and why."""
    if champion is None:
        return "promoted: the first of its name", True
    if champion.get("kind") not in LEARNT:
        return "promoted: the champion was a fallback", True
    if model.metrics.get("kind") not in LEARNT:
        return "kept back: a fallback does not replace a learnt model", False
    found, held = model.metrics.get("auc"), champion.get("auc")
    rivals = [
        report["auc"]
        for name, report in model.metrics.get("baselines", {}).items()
        if name != "propensity" and report["auc"]
    ]
    if not isinstance(found, float) or (rivals and found <= max(rivals)):
        return "kept back: it does not beat the plain rankers out of time", False
    if isinstance(held, float) and found < held - params.promotion_tolerance_auc:
        return f"kept back: AUC {found:.4f} is below the champion's {held:.4f}", False
    return "promoted: as good as the champion or better, and better than the plain rankers", True


def _reason_words(said: dict[str, FeatureReasons]) -> dict[str, pd.DataFrame]:
    """The words of every code, for those who read the warehouse: of listed accounts, and of those left out by us."""
    listed, excluded = pd.Series(words_of_codes(said)), pd.Series(OWN_WORDS)
    return {
        kind: pd.DataFrame(
            {
                "kind": kind,
                "code": words.index,
                "words": words.to_numpy(),
                "is_contact_blocked": words.index.isin(BLOCKING),
                "is_left_alone": words.index.isin(LEFT_ALONE),
            }
        )
        for kind, words in (("listed", listed), ("excluded", excluded))
    }


def _reasons(
    proposal: Proposal,
    day: Day,
    params: Params,
    reach: str,
    payment: str,
    said: dict[str, FeatureReasons],
    settings: Settings,
) -> pd.Series:
    """Reason codes of the listed rows alone: explaining costs a hundred times scoring."""
    listed = proposal.priority
    chances = load_reach(reach, settings)
    accounts, slots = load_population(day, params, settings), _slots(day, params, chances, settings)
    return reason_codes(
        listed,
        accounts[accounts["account_id"].isin(listed["account_id"])],
        slots[slots["contact_point_id"].isin(listed["contact_point_id"])],
        load_payment(payment, settings),
        chances,
        said,
        load_contradictions(settings),
    )


def _slots(day: Day, params: Params, model: ReachModel, settings: Settings) -> pd.DataFrame:
    """Every slot of the list date, with what the person's habits say of it where the model knows any."""
    slots = load_slots(day, params, settings)
    if model.habits is None:
        return slots
    keyed = slots.assign(point_key=slots["contact_point_id"], person_key=slots["person_id"])
    return model.with_habits(keyed, load_calls(day, settings), day.list_date)


def _dated(frame: pd.DataFrame, constants: Mapping[str, object]) -> pd.DataFrame:
    """The rows with the columns that are one value for all of them."""
    return frame.assign(
        **{name: pd.Series([value] * len(frame), index=frame.index) for name, value in constants.items()}
    )
