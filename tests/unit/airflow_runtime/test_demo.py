"""The demo calls a day green only if every task ran: Airflow calls a run without tasks a success."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recoup.airflow_runtime import company_for_demo, demo
from recoup.airflow_runtime.progress import StageRun
from recoup.company_sources import FileSource
from recoup.errors import RecoupError, StageFailedError
from recoup.pipeline import STAGES
from recoup.settings import load_settings

LOG = Path("airflow.log")


def green() -> tuple[list[dict[str, Any]], dict[str, StageRun]]:
    outcomes = [
        {"dag_id": dag_id, "green": True, "tasks": {}} for dag_id in dict.fromkeys(stage.dag_id for stage in STAGES)
    ]
    runs = {stage.name: StageRun(stage.name, "succeeded", 1.0, {"rows": 1}, None) for stage in STAGES}
    return outcomes, runs


def test_a_day_whose_every_task_ran_is_green() -> None:
    demo.assert_green(*green(), LOG)


def test_a_failed_stage_is_named_with_its_own_sentence() -> None:
    outcomes, runs = green()
    runs["audit_lists"] = replace(runs["audit_lists"], status="failed", message="7 rows break the rule.\nmore")
    with pytest.raises(
        StageFailedError, match=r"^The stage audit_lists failed: 7 rows break the rule\. The log is air"
    ):
        demo.assert_green(outcomes, runs, LOG)


def test_a_dag_that_did_not_run_is_noticed() -> None:
    outcomes, runs = green()
    with pytest.raises(StageFailedError, match="deliver_contact_lists did not run"):
        demo.assert_green(outcomes[:-1], runs, LOG)


def test_a_dag_that_is_not_green_is_noticed() -> None:
    outcomes, runs = green()
    outcomes[2] = {"dag_id": "build_marts", "green": False, "tasks": {"build_staging": "upstream_failed"}}
    with pytest.raises(StageFailedError, match="build_marts did not succeed"):
        demo.assert_green(outcomes, runs, LOG)


def test_a_success_without_its_stages_in_the_ledger_is_none() -> None:
    outcomes, runs = green()
    del runs["propose_lists"]
    with pytest.raises(StageFailedError, match="propose_lists are not in the run ledger"):
        demo.assert_green(outcomes, runs, LOG)


def test_the_demo_does_not_write_over_a_companys_own_sources() -> None:
    settings = load_settings()
    sources = settings.company.sources.model_copy(
        update={"billing_ledger": FileSource(kind="files", directory=".", entities={})}
    )
    own = replace(settings, company=settings.company.model_copy(update={"sources": sources}))
    with pytest.raises(RecoupError, match="use `recoup run`"):
        company_for_demo.ensure(own, date(2026, 3, 31), 10, 1, "utility", 1, Console(quiet=True))
