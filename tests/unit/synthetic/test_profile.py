"""Profiles: those that ship load, one that nobody has seen works, a wrong one is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from recoup.errors import RecoupError
from recoup.synthetic import random_profile
from recoup.synthetic.profile import PROFILE_DIR, Profile, load_profile

SHIPPED = sorted(path.stem for path in PROFILE_DIR.glob("*.yml"))


def written(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    content = yaml.safe_load((PROFILE_DIR / "utility.yml").read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(path)


def test_the_four_profiles_ship() -> None:
    assert SHIPPED == ["lender", "subscription", "telecom", "utility"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_loads(name: str) -> None:
    assert load_profile(name).name == name


def test_a_profile_of_the_callers_own_loads(tmp_path: Path) -> None:
    path = written(tmp_path, lambda content: content.update(name="gym", regions={"NL": 1}))
    assert load_profile(path).name == "gym"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c.pop("payers"), "wrong at payers: Field required"),
        (lambda c: c.update(grwoth=0.1), "wrong at grwoth: Extra inputs"),
        (lambda c: c.update(churn_monthly=1.5), "wrong at churn_monthly: Input should be less than or equal to 1"),
        (lambda c: c["habits"]["evening"].update(weekday=[0.1]), "wrong at habits.evening.weekday"),
        (lambda c: c.update(regions={"Atlantis": 1}), "'Atlantis' is not a region"),
        (lambda c: c.update(regions={"NY": 0}), "regions must not all be 0"),
        (lambda c: c["leaks"].update(rust=0.1), "unknown leak cause 'rust'"),
        (lambda c: c["payments"].update(methods={"barter": 1}), "unknown payment method 'barter'"),
        (lambda c: c["contacting"].update(holdout_share=0.7, explore_share=0.7), "together exceed 1"),
        (lambda c: c["products"][0]["items"][0].update(price_cents=[9, 1]), "must be \\[lowest, highest\\]"),
        (lambda c: c["terms"][1].update(code="NET21"), "terms codes must differ"),
    ],
)
def test_a_wrong_profile_is_refused_by_file_and_key(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    path = written(tmp_path, change)
    with pytest.raises(RecoupError, match=sentence) as refused:
        load_profile(path)
    assert "mine.yml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "- a list", "a: [unclosed", "just words"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecoupError, match=r"broken\.yml"):
        load_profile(str(path))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RecoupError, match="lender, subscription, telecom, utility"):
        load_profile("bakery")


def test_random_profiles_are_valid_differ_by_seed_and_are_the_same_for_one() -> None:
    drawn = [random_profile(seed) for seed in range(200)]
    assert len({profile.model_dump_json() for profile in drawn}) == 200
    assert random_profile(17) == drawn[17]
    assert load_profile("random:17") == drawn[17]
    assert all(Profile.model_validate(profile.model_dump()) == profile for profile in drawn)


def test_leak_rates_of_random_profiles_range_widely() -> None:
    drawn = [random_profile(seed) for seed in range(200)]
    for cause in drawn[0].leaks:
        rates = [profile.leak_rate(cause) for profile in drawn]
        assert max(rates) > 3 * min(rates) > 0, cause
        assert all(
            profile.innocent_rate(cause) >= 1.5 * profile.leak_rate(cause)
            for profile in drawn
            if profile.innocent_rate(cause) < 0.5
        ), cause


@pytest.mark.parametrize("name", ["random:", "random:x", "random:-1"])
def test_a_random_profile_without_a_whole_number_is_refused(name: str) -> None:
    with pytest.raises(RecoupError, match="whole number"):
        load_profile(name)
