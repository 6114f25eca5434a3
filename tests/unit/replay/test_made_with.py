"""What a list is made with: kept without sources, and put in the place of what the files say today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from recoup import transform
from recoup.cutoffs import knowledge_cutoff
from recoup.day import Day
from recoup.replay import made_with as subject
from recoup.settings import PROJECT_DIR, Aside, Settings, load_settings
from recoup_ml.params import load_params
from recoup_ml.reasons import load_reasons
from recoup_ml.registry import ModelSet, model_set

DAY = Day.closing(date(2026, 3, 31), "America/New_York")
THEN = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings(PROJECT_DIR / "examples" / "demo" / "company.yml"), home=tmp_path)


@pytest.fixture
def kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(subject, "dbt_vars", lambda day, settings: {"control_share": 0.07, "known_at": "then"})
    return subject.made_with(DAY, settings)


def aside(settings: Settings, kept: dict[str, Any]) -> Settings:
    return replace(
        settings,
        aside=Aside(
            "replay_x", THEN, "reach-1+payment-2", kept["dbt_vars"], kept["params"], kept["reason_codes"]
        ),
    )  # fmt: skip


def test_sources_and_notifiers_are_not_kept(kept: dict[str, Any]) -> None:
    assert {"contact", "experiment", "time_zone"} <= kept["company"].keys()
    assert not {"sources", "alerts"} & kept["company"].keys()


def test_the_company_of_then_has_the_parameters_of_then_and_the_sources_of_today(
    settings: Settings, kept: dict[str, Any]
) -> None:
    assert subject.company_of_then(kept["company"], settings.company) == settings.company
    kept["company"]["contact"]["agents"] = 3
    then = subject.company_of_then(kept["company"], settings.company)
    assert then.contact.agents == 3
    assert then.sources is settings.company.sources


def test_a_replay_takes_everything_from_its_edition(settings: Settings, kept: dict[str, Any]) -> None:
    kept["params"]["lists"]["best_windows"] = 2
    name = next(name for name in kept["reason_codes"] if name != "contradictions")
    del kept["reason_codes"][name]
    then = aside(settings, kept)
    assert load_params(then).lists.best_windows == 2 != load_params(settings).lists.best_windows
    assert set(load_reasons(settings)) - set(load_reasons(then)) == {name}
    assert model_set(DAY, then) == ModelSet("reach-1", "payment-2")
    assert knowledge_cutoff(DAY, then) == THEN
    assert transform.dbt_vars(DAY, then) == {"control_share": 0.07, "known_at": THEN.isoformat()}
    assert [then.schema(layer) for layer in ("policy", "features", "scores")] == ["replay_x"] * 3
    assert settings.schema("scores") == "scores"


def test_the_hash_of_the_code_sees_a_changed_query(settings: Settings, tmp_path: Path) -> None:
    for folder in ("dbt_project/macros", "dbt_project/models", "ml/recoup_ml"):
        (tmp_path / folder).mkdir(parents=True)
    query = tmp_path / "dbt_project" / "models" / "a.sql"
    query.write_text("select 1", encoding="utf-8")
    there = replace(settings, project_dir=tmp_path)
    before = subject.code_sha256(there)
    assert before == subject.code_sha256(there)
    query.write_text("select 2", encoding="utf-8")
    assert subject.code_sha256(there) != before
