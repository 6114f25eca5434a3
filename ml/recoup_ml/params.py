"""ml/params.yaml: everything that may be tuned, checked before anything is computed.

Unknown keys are refused, and so is every feature that names a protected attribute or an outcome: a model can only use
what this file lists, so this is the door to guard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recoup.errors import RecoupError
from recoup.settings import Settings

FeatureType = Literal["numeric", "categorical"]
Share = Annotated[float, Field(ge=0, le=1)]
LightgbmParams = dict[str, str | int | float | bool]

PROTECTED_WORDS = frozenset({
    "birth", "birthday", "birthdate", "dob", "gender", "sex", "sexual", "race", "racial", "ethnic", "ethnicity",
    "color", "religion", "religious", "creed", "marital", "married", "spouse", "nationality", "citizenship",
    "immigration", "language", "disability", "disabled", "pregnancy", "pregnant", "veteran", "health", "union",
    "political", "elderly", "senior", "genetic",
})  # fmt: skip
"""Words of a column's name that give a protected attribute away; `age` is one only where it is a person's."""

PROTECTED_NAMES = frozenset({"age", "person_age", "person_age_years", "age_years", "age_band", "national_origin"})

OUTCOME_NAMES = frozenset({
    "is_observed", "paid_cents", "is_paid", "paid_ratio", "arm", "is_contacted", "had_rpc", "is_right_party",
    "is_explore", "campaign", "propensity", "action_propensity", "slot_propensity", "list_row_hash", "row_hash",
    "seq", "list_version", "priority_score", "assigned_slot_start_utc",
    "duration", "talk_seconds", "hold_seconds", "wrap_seconds", "disposition", "disposition_raw",
})  # fmt: skip
"""Labels, arms, and what earlier lists did: joined in training as label, treatment or weight, never as a feature."""

FORBIDDEN_PREFIXES = (
    "lbl_",
    "label_",
    "lists_",
    "list_row",
    "monitoring_",
    "p_right_party",
    "p_pay",
    "future_",
    "next_",
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _WithFeatures(_Strict):
    features: dict[str, FeatureType] = Field(min_length=1)

    @field_validator("features")
    @classmethod
    def _admissible(cls, value: dict[str, FeatureType]) -> dict[str, FeatureType]:
        for name in value:
            refuse_feature(name)
        return value


class Folds(_Strict):
    """Rolling out-of-time folds; lengths in days."""

    count: int = Field(ge=2)
    train_days: int = Field(ge=1)
    valid_days: int = Field(ge=1)


class Leakage(_Strict):
    """When a single feature is too good to be from before the outcome."""

    max_single_feature_auc: float = Field(gt=0.5, le=1)
    min_rows: int = Field(ge=1)


class DefaultCurve(_Strict):
    """Right-party share by local hour, 8 to 20."""

    weekday: dict[int, Share]
    weekend: dict[int, Share]

    @field_validator("weekday", "weekend")
    @classmethod
    def _every_hour(cls, value: dict[int, float]) -> dict[int, float]:
        if sorted(value) != list(range(8, 21)):
            raise ValueError("needs every local hour from 8 to 20")
        return value


class Habits(_Strict):
    """The few habits of answering that people's calls are explained by; ages in days, weights in attempts."""

    count: int = Field(ge=3)
    levels: int = Field(ge=1)
    level_sd: float = Field(ge=0)
    rounds: int = Field(ge=1)
    prior_attempts: float = Field(gt=0)
    neighbour_weight: Share
    half_after_days: int = Field(ge=1)
    forgotten_after_days: int = Field(ge=1)


class Reach(_WithFeatures):
    """P(right party answers), by contact point and local hour."""

    habits: Habits

    min_attempts: int = Field(ge=1)
    min_right_party: int = Field(ge=1)
    min_attempts_for_rates: int = Field(ge=1)
    prior_attempts: float = Field(gt=0)
    own_history_attempts: int = Field(ge=1)
    rounds: int = Field(ge=1)
    params: LightgbmParams
    calibration: Literal["platt", "isotonic"]
    default_curve: DefaultCurve
    point_type_factor: dict[str, float]
    default_other_channel: dict[str, Share]


class Payment(_WithFeatures):
    """P(pays within the horizon) and how much."""

    min_labels: int = Field(ge=1)
    min_paid: int = Field(ge=1)
    rounds: int = Field(ge=1)
    params: LightgbmParams
    calibration: Literal["platt", "isotonic"]
    default_pay: dict[int, Share] = Field(min_length=1)
    default_contacted_share: Share
    default_paid_ratio: Share

    @field_validator("default_pay")
    @classmethod
    def _ascending(cls, value: dict[int, float]) -> dict[int, float]:
        if list(value) != sorted(value):
            raise ValueError("needs its upper bounds of days past due in ascending order")
        return value


class Effect(_WithFeatures):
    """What a conversation adds to the probability of paying."""

    min_control_rows: int = Field(ge=1)
    min_control_paid: int = Field(ge=1)
    min_contacted: int = Field(ge=1)
    assumed_effect: float = Field(ge=-1, le=1)
    assumed_effect_sd: float = Field(gt=0)
    max_effect: float = Field(gt=0, le=1)
    groups: int = Field(ge=2)
    nuisance_rounds: int = Field(ge=1)
    rounds: int = Field(ge=1)
    shrinkage_control_rows: float = Field(ge=0)
    min_leaf_control_rows: float = Field(ge=1)
    nuisance_params: LightgbmParams
    params: LightgbmParams


class Lists(_Strict):
    """How scores become lists."""

    min_value: float
    sure_payer_probability: Share
    contacts_per_person_day: Literal[1]
    explore_contact_share: Annotated[float, Field(gt=0, le=1)]
    best_windows: int = Field(ge=1, le=3)
    min_window_minutes: int = Field(ge=1, le=60)
    work_hours_local: tuple[int, int]
    cost_factor: dict[str, float]
    exchange_rates: dict[str, Annotated[float, Field(gt=0)]]

    @field_validator("work_hours_local")
    @classmethod
    def _a_span(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] < value[1] <= 24:
            raise ValueError("must be [first hour, hour after the last], within 0 to 24")
        return value


class PublicData(_Strict):
    """How the public data sets are learnt from: one set of parameters for all of them."""

    folds: int = Field(ge=2)
    max_time_split_auc: float = Field(gt=0.5, le=1)
    embargo_days: int = Field(ge=0)
    bootstrap_samples: int = Field(ge=20)
    rounds: int = Field(ge=1)
    params: LightgbmParams
    calibration: Literal["platt", "isotonic"]
    features: dict[str, dict[str, FeatureType]] = Field(min_length=1)

    @field_validator("features")
    @classmethod
    def _admissible(cls, value: dict[str, dict[str, FeatureType]]) -> dict[str, dict[str, FeatureType]]:
        for features in value.values():
            for name in features:
                refuse_feature(name)
        return value


class Params(_Strict):
    """The whole file."""

    retrain_after_days: int = Field(ge=1)
    horizon_days: int = Field(ge=1)
    promotion_tolerance_auc: float = Field(ge=0)
    max_training_rows: int = Field(ge=1)
    folds: Folds
    lightgbm: LightgbmParams
    leakage: Leakage
    reach: Reach
    payment: Payment
    effect: Effect
    lists: Lists
    # Not in the parameters of lists that were published before it: a replay brings those.
    public: PublicData | None = None

    @field_validator("lightgbm")
    @classmethod
    def _reproducible(cls, value: LightgbmParams) -> LightgbmParams:
        if value.get("deterministic") is not True or value.get("force_row_wise") is not True:
            raise ValueError("needs deterministic: true and force_row_wise: true, or a model cannot be made again")
        if "seed" not in value or "num_threads" not in value:
            raise ValueError("needs seed and num_threads, or a model cannot be made again")
        return value

    @model_validator(mode="after")
    def _effect_without_contact_history(self) -> Params:
        told = sorted(name for name in self.effect.features if _is_contact_history(name))
        if told:
            raise ValueError(
                f"effect.features must not hold {told[0]}: the control arm is never called, so contact history tells "
                "the arms apart"
            )
        return self


def refuse_feature(name: str) -> None:
    """Raise ValueError if `name` may never be a model input: protected, an outcome, an arm, or from earlier lists."""
    lowered = name.lower()
    if lowered in PROTECTED_NAMES or PROTECTED_WORDS.intersection(lowered.split("_")):
        raise ValueError(f"the feature {name} names a protected attribute; remove it")
    if lowered in OUTCOME_NAMES or lowered.startswith(FORBIDDEN_PREFIXES):
        raise ValueError(
            f"the feature {name} is an outcome, an arm or part of an earlier list, not known beforehand; remove it"
        )


def load_params(settings: Settings) -> Params:
    """Read and check `<project>/ml/params.yaml`; a replay brings what stood in it then."""
    if settings.aside:
        return Params.model_validate(settings.aside.params)
    return read_params(settings.project_dir / "ml" / "params.yaml")


def read_params(path: Path) -> Params:
    """Read and check a parameter file.

    Raises:
        RecoupError: The file is missing, is no YAML, or a key is unknown, missing or wrong; names file and key.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecoupError(f"There is no parameter file {path}: restore ml/params.yaml.") from None
    except yaml.YAMLError as error:
        raise RecoupError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from error
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise RecoupError(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}.") from error


def _is_contact_history(name: str) -> bool:
    return bool({"attempts", "attempt", "rpc", "promise", "promises"}.intersection(name.split("_")))
