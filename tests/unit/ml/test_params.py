"""The parameter file is the door that protected attributes and outcomes have to get through, and do not."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from recoup.errors import RecoupError
from recoup.evaluation.decisions import HORIZON_DAYS
from recoup.settings import PROJECT_DIR
from recoup_ml.params import Params, read_params, refuse_feature

CONTENT: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "ml" / "params.yaml").read_text(encoding="utf-8"))


def written(tmp_path: Path, **changes: Any) -> Path:
    content = copy.deepcopy(CONTENT)
    for dotted, value in changes.items():
        *path, last = dotted.split("__")
        place = content
        for part in path:
            place = place[part]
        place[last] = value
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def test_the_shipped_file_is_valid_and_its_models_are_reproducible() -> None:
    params = read_params(PROJECT_DIR / "ml" / "params.yaml")
    assert params.lightgbm["deterministic"] is True
    assert params.lightgbm["num_threads"] == 2


@pytest.mark.parametrize(
    "name", ["birth_year", "gender", "marital_status", "person_age", "language", "is_married", "national_origin", "AGE"]
)
def test_a_protected_attribute_is_refused_by_name(tmp_path: Path, name: str) -> None:
    features = CONTENT["payment"]["features"] | {name: "numeric"}
    with pytest.raises(RecoupError, match=f"{name} names a protected attribute"):
        read_params(written(tmp_path, payment__features=features))


@pytest.mark.parametrize(
    "name",
    [
        "paid_cents",
        "is_paid",
        "arm",
        "had_rpc",
        "lbl_paid",
        "slot_propensity",
        "priority_score",
        "campaign",
        "duration",
    ],
)
def test_an_outcome_an_arm_or_a_list_column_is_refused_as_a_feature(tmp_path: Path, name: str) -> None:
    features = CONTENT["reach"]["features"] | {name: "numeric"}
    with pytest.raises(RecoupError, match="not known beforehand"):
        read_params(written(tmp_path, reach__features=features))


@pytest.mark.parametrize("name", ["duration", "AGE", "SEX", "marital"])
def test_a_feature_of_a_public_data_set_is_refused_by_the_same_names(tmp_path: Path, name: str) -> None:
    features = CONTENT["public"]["features"]["bank_marketing"] | {name: "numeric"}
    with pytest.raises(RecoupError, match=rf"public\.features: the feature {name} "):
        read_params(written(tmp_path, public__features__bank_marketing=features))


def test_the_parameters_of_a_list_from_before_the_public_section_are_valid(tmp_path: Path) -> None:
    older = {name: value for name, value in CONTENT.items() if name != "public"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(older), encoding="utf-8")
    assert read_params(tmp_path / "params.yaml").public is None


@pytest.mark.parametrize(
    "name", ["account_age_days", "point_age_days", "average_days_to_pay_365d", "usual_payment_day"]
)
def test_an_innocent_name_that_holds_a_protected_one_passes(name: str) -> None:
    refuse_feature(name)


def test_contact_history_is_refused_in_the_effect_model(tmp_path: Path) -> None:
    features = CONTENT["effect"]["features"] | {"attempts_30d_count": "numeric"}
    with pytest.raises(RecoupError, match="tells the arms apart"):
        read_params(written(tmp_path, effect__features=features))


def test_an_unknown_key_is_named_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(RecoupError, match=r"params\.yaml: lists\.min_valeu"):
        read_params(written(tmp_path, lists__min_valeu=1))


def test_parameters_that_cannot_be_reproduced_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecoupError, match="cannot be made again"):
        read_params(written(tmp_path, lightgbm__deterministic=False))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecoupError, match=r"^There is no parameter file .*: restore ml/params\.yaml\.$"):
        read_params(tmp_path / "params.yaml")


def test_decisions_are_judged_over_the_horizon_that_the_models_learn(params: Params) -> None:
    assert params.horizon_days == HORIZON_DAYS
