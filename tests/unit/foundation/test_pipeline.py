"""The day's stages are whole, in order, and found where pyproject.toml says."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points

import pytest

from recoup import pipeline
from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR


def test_every_stage_is_declared_and_installed():
    declared = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    names = [stage.name for stage in pipeline.STAGES]
    assert len(set(names)) == len(names) == 17
    beside = {stage.name for stage in pipeline.BESIDE_THE_DAY}
    assert not beside & set(names)
    assert set(declared[pipeline.ENTRY_POINTS]) == set(names) | beside
    installed = {entry.name: entry.value for entry in entry_points(group=pipeline.ENTRY_POINTS)}
    assert installed == declared[pipeline.ENTRY_POINTS]


@pytest.mark.parametrize("stage", pipeline.STAGES, ids=lambda stage: stage.name)
def test_every_stage_can_be_imported(stage: pipeline.Stage):
    assert callable(pipeline.load_stage(stage.name))


def test_a_part_of_the_day_includes_both_ends():
    part = pipeline.stages_between("build_staging", "build_features")
    assert [stage.name for stage in part] == ["build_staging", "build_marts", "build_features"]
    assert pipeline.stages_between() == pipeline.STAGES


def test_a_wrong_stage_is_named_with_those_there_are():
    with pytest.raises(RecoupError, match=r"no stage 'build'; the stages are pull_billing_ledger, "):
        pipeline.load_stage("build")
    with pytest.raises(RecoupError, match="build_staging comes before build_marts"):
        pipeline.stages_between("build_marts", "build_staging")
