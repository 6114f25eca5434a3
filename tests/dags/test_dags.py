"""The DAGs are what the house asks of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from recoup.errors import RecoupError, StageFailedError
from recoup.pipeline import BESIDE_THE_DAY, STAGES
from recoup.schedule import DELIVER_SUPPRESSIONS, INTRADAY, STAGE_LIMITS
from recoup.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
ALL_STAGES = (*STAGES, *BESIDE_THE_DAY)
DAILY_IDS = list(dict.fromkeys(stage.dag_id for stage in STAGES))
DAG_IDS = list(dict.fromkeys(stage.dag_id for stage in ALL_STAGES))
# DAGs whose work needs Airflow, so that they have no stage, and when they fire.
WITHOUT_STAGES = {"deliver_suppressions": DELIVER_SUPPRESSIONS}
# Needs Airflow, so it is no stage: it sends through a notifier, a hook and a connection of Airflow's.
NO_STAGES = {"resolve_as_of_date", "send_alerts", "deliver_lists", "send_suppressions"}
SECTIONS = ("Reads ", "Writes ", "Re-run ", "Late? ")


def test_every_dag_file_can_be_imported(loaded: dict[str, Any]) -> None:
    assert loaded["import_errors"] == {}


def test_each_file_holds_one_dag_of_the_same_name(dags: dict[str, Any], dag_files: list[Path]) -> None:
    assert {file.stem for file in dag_files} == set(dags)
    assert all(dag["file"] == f"{dag_id}.py" for dag_id, dag in dags.items())


def test_every_stage_is_a_task_of_its_dag_and_no_other(dags: dict[str, Any]) -> None:
    assert set(dags) == set(DAG_IDS) | set(WITHOUT_STAGES)
    for dag_id, dag in dags.items():
        stages = [stage.name for stage in ALL_STAGES if stage.dag_id == dag_id]
        others = NO_STAGES | {task for task, found in dag["tasks"].items() if found["sensor"]}
        assert set(dag["tasks"]) - others == set(stages)


def test_a_dags_tasks_run_in_the_order_of_the_stages(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        stages = [stage.name for stage in ALL_STAGES if stage.dag_id == dag_id]
        assert [task for task in dag["order"] if task in stages] == stages
        if dag_id == "train_models":
            continue  # two models that do not need each other
        for before, after in pairwise(stages):
            assert before in dag["tasks"][after]["upstream"], f"{after} does not wait for {before}"


def test_each_task_runs_the_stage_that_it_is_named_after(dags: dict[str, Any]) -> None:
    for stage in ALL_STAGES:
        constants = dags[stage.dag_id]["tasks"][stage.name]["code"]
        assert stage.name in constants, f"the task {stage.name} does not run the stage of its name"


def test_the_first_task_decides_the_day_and_every_other_follows_it(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert dag["order"][0] == "resolve_as_of_date"
        for task, described in dag["tasks"].items():
            assert task == "resolve_as_of_date" or "resolve_as_of_date" in described["upstream"]


@pytest.mark.parametrize("dag_id", ["build_marts", "train_models", "publish_contact_lists", "deliver_contact_lists"])
def test_a_dag_that_needs_another_waits_for_it_without_holding_a_worker(dags: dict[str, Any], dag_id: str) -> None:
    sensors = {task: found for task, found in dags[dag_id]["tasks"].items() if found["sensor"]}
    assert len(sensors) == 1
    name, sensor = sensors.popitem()
    assert sensor["sensor"]["mode"] == "reschedule"
    assert 0 < sensor["sensor"]["timeout"] <= dags[dag_id]["dagrun_timeout"]
    first_stages = [
        stage.name
        for stage in STAGES
        if stage.dag_id == dag_id and not any(s.name in dags[dag_id]["tasks"][stage.name]["upstream"] for s in STAGES)
    ]
    assert first_stages
    assert all(name in dags[dag_id]["tasks"][stage]["upstream"] for stage in first_stages)


def test_each_dag_documents_what_it_reads_writes_and_how_it_is_run_again(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        lines = (dag["doc_md"] or "").splitlines()
        for section in SECTIONS:
            assert any(line.startswith(section) for line in lines), f"{dag_id} does not say {section.strip()}"
        assert f"docs/runbooks/{dag_id}.md" in dag["doc_md"]


def test_each_dag_has_a_runbook_that_names_its_tasks(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        text = (PROJECT / "docs" / "runbooks" / f"{dag_id}.md").read_text(encoding="utf-8")
        unnamed = [task for task in dag["tasks"] if f"`{task}`" not in text and task != "resolve_as_of_date"]
        assert not unnamed, f"the runbook of {dag_id} says nothing of {unnamed}"


def test_each_dag_of_the_day_runs_at_five_in_the_companys_time_zone(dags: dict[str, Any]) -> None:
    zone = load_settings().company.time_zone
    schedules = {dag_id: dag["schedule"].replace("Timezone('", "").rstrip("')") for dag_id, dag in dags.items()}
    assert {schedules[dag_id] for dag_id in DAILY_IDS} == {f"0 5 * * * {zone}"}
    assert {schedules[stage.dag_id] for stage in BESIDE_THE_DAY} == {f"{INTRADAY} {zone}"}
    assert {dag_id: schedules[dag_id] for dag_id in WITHOUT_STAGES} == {
        dag_id: f"{cron} {zone}" for dag_id, cron in WITHOUT_STAGES.items()
    }


def test_no_dag_runs_twice_at_once_or_catches_up_or_runs_for_ever(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False
        assert dag["dagrun_timeout"]


def test_no_dag_has_a_start_date_before_which_runs_would_succeed_empty(dags: dict[str, Any]) -> None:
    assert [dag["start_date"] for dag in dags.values()] == [None] * len(dags)


def test_each_task_is_retried_and_limited_in_time(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        for task, described in dag["tasks"].items():
            # What comes again in five minutes by itself is not tried again.
            assert described["retries"] >= (dag_id in DAILY_IDS), f"{dag_id}.{task}"
            assert described["retry_delay"] > 0, f"{dag_id}.{task}"
            assert described["execution_timeout"], f"{dag_id}.{task}"
            if task in STAGE_LIMITS:
                assert described["execution_timeout"] == STAGE_LIMITS[task].total_seconds()


def test_what_an_audit_found_is_not_audited_again(dags: dict[str, Any]) -> None:
    tasks = {task: described for dag in dags.values() for task, described in dag["tasks"].items()}
    audits = {task for task in tasks if task.startswith("audit_")}
    assert len(audits) == 3
    assert issubclass(StageFailedError, RecoupError)
    path = f"{StageFailedError.__module__}.{StageFailedError.__qualname__}"
    assert {task for task, described in tasks.items() if described["final"] == [[path, "fail"]]} == audits


def test_every_stage_has_a_time_limit_below_its_runs(dags: dict[str, Any]) -> None:
    assert set(STAGE_LIMITS) == {stage.name for stage in ALL_STAGES}
    for stage in ALL_STAGES:
        assert STAGE_LIMITS[stage.name].total_seconds() < dags[stage.dag_id]["dagrun_timeout"]


def test_each_dag_is_tagged_with_its_tier_and_its_stage(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert [tag.split(":")[0] for tag in dag["tags"]] == ["stage", "tier"]


def test_the_as_of_date_may_be_given_to_each_dag_of_the_day(dags: dict[str, Any]) -> None:
    assert all(dags[dag_id]["params"] == ["as_of_date"] for dag_id in DAILY_IDS)


def test_every_asset_that_is_read_is_written_by_an_earlier_dag_and_names_no_host(dags: dict[str, Any]) -> None:
    written: set[str] = set()
    read: set[str] = set()
    for dag_id in (*DAG_IDS, *WITHOUT_STAGES):
        tasks = dags[dag_id]["tasks"].values()
        inlets = {uri for task in tasks for uri in task["inlets"]}
        assert inlets <= written, f"{dag_id} reads {inlets - written}, which no earlier DAG writes"
        read |= inlets
        written |= {uri for task in tasks for uri in task["outlets"]}
    assert read
    assert "recoup://lists" in {uri.rstrip("/") for uri in written}
    assert all(uri.startswith("recoup://") for uri in written)


def test_starting_airflow_after_five_does_not_run_the_day_of_five(dags: dict[str, Any]) -> None:
    # Not False: Airflow 3.3 takes that for a tenth of the interval, and runs a day that was due up to 2 h 24 min ago.
    assert {dag["makes_up_for"] for dag in dags.values()} == {str(timedelta(0))}
