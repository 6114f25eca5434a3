"""The demo: a made-up company, its day through the project's own DAGs, and what came of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from recoup import warehouse
from recoup.airflow_runtime import company_for_demo, environment, progress, results
from recoup.day import Day
from recoup.errors import RecoupError, StageFailedError
from recoup.pipeline import STAGES
from recoup.run_ledger import has_succeeded
from recoup.settings import Settings


@dataclass(frozen=True)
class Timing:
    """Where the demo's time went, seconds. `airflow` is what the DAGs took beyond the stages themselves."""

    company: float
    stages: float
    airflow: float
    total: float


def run(
    settings: Settings,
    *,
    as_of_date: date,
    customers: int = 20_000,
    months: int = 18,
    profile: str = "utility",
    seed: int = 1,
    console: Console | None = None,
) -> Timing | None:
    """Make up the company if there is none, let its days pass up to `as_of_date`, run the day, show the result.

    A list date that is published already is only shown: nothing runs, nothing changes.

    Returns:
        Where the time went; None if the list was published before.

    Raises:
        RecoupError: The company does not fit the request, or a stage failed; names the stage and the log.
    """
    console = console or Console()
    day = Day.closing(as_of_date, settings.company.time_zone)
    started = time.monotonic()
    warehouse.ensure_running(settings)
    warehouse.initialize(settings)
    if is_published(settings, day):
        console.print(f"The lists of {day.list_date} are published already; nothing runs, nothing changes.")
        results.show(settings, day, console)
        return None
    with _Metadata(settings) as metadata:
        # Airflow prepares its throw-away metadata while the company is made up.
        company_for_demo.ensure(settings, as_of_date, customers, months, profile, seed, console)
        company_seconds = time.monotonic() - started
        metadata.wait()
        stage_seconds = _run_dags(settings, day, metadata, console)
    total = time.monotonic() - started
    timing = Timing(company_seconds, stage_seconds, total - company_seconds - stage_seconds, total)
    console.print(
        f"Company {timing.company:.0f} s, stages {timing.stages:.0f} s, Airflow itself {timing.airflow:.0f} s, "
        f"together {timing.total:.0f} s."
    )
    results.show(settings, day, console)
    return timing


def is_published(settings: Settings, day: Day) -> bool:
    """Whether every stage of the day succeeded and its lists stand in the warehouse."""
    with warehouse.connect("publisher", settings) as connection:
        row = connection.execute("select count(*) from lists.manifest where list_date = %s", [day.list_date]).fetchone()
    listed = row is not None and row[0] > 0
    return listed and all(has_succeeded(stage.name, day.as_of_date, settings) for stage in STAGES)


class _Metadata:
    """A throw-away home for Airflow with an empty metadata database, made in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.log = settings.home / "logs" / "demo-airflow.log"

    def __enter__(self) -> _Metadata:
        self.home = Path(tempfile.mkdtemp(prefix="recoup-airflow-"))
        self.variables = environment.for_one_process(self._settings, self.home)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._migration = subprocess.Popen(
                environment.command("db", "migrate"), env=self.variables, stdout=log, stderr=subprocess.STDOUT
            )
        return self

    def wait(self) -> None:
        if self._migration.wait() != 0:
            raise RecoupError(f"Airflow's metadata database could not be prepared; its log is {self.log}.")

    def __exit__(self, *_: object) -> None:
        if self._migration.poll() is None:
            self._migration.kill()
            self._migration.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def _run_dags(settings: Settings, day: Day, metadata: _Metadata, console: Console) -> float:
    result = metadata.home / "result.jsonl"
    before = progress.newest_run_id(settings)
    arguments = [
        "--as-of-date", day.as_of_date.isoformat(),
        "--recorded-at", day.recorded_at.isoformat(),
        "--result", str(result),
    ]  # fmt: skip
    with metadata.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "recoup.airflow_runtime.one_process", *arguments],
            env=metadata.variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    title = f"{settings.company.company}, as of {day.as_of_date} for the lists of {day.list_date}, under Airflow"
    try:
        runs = progress.watch(settings, day.as_of_date, before, lambda: process.poll() is not None, console, title)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    outcomes = [json.loads(line) for line in result.read_text(encoding="utf-8").splitlines()] if result.exists() else []
    assert_green(outcomes, runs, metadata.log)
    return sum(run.seconds for run in runs.values())


def assert_green(outcomes: list[dict[str, Any]], runs: dict[str, progress.StageRun], log: Path) -> None:
    """Hold what Airflow says of the DAGs against what the stages wrote in the run ledger.

    Airflow calls a run without tasks a success, so states alone prove nothing: every stage must have left its mark.

    Raises:
        StageFailedError: A stage failed, or something did not run; names it and the log.
    """
    for run in runs.values():
        if run.status == "failed":
            raise StageFailedError(f"The stage {run.stage} failed: {_sentence(run.message)} The log is {log}.")
    for outcome in outcomes:
        if not outcome["green"]:
            raise StageFailedError(
                f"The DAG {outcome['dag_id']} did not succeed ({outcome['tasks']}); the log is {log}."
            )
    expected = {stage.dag_id for stage in STAGES}
    missing = sorted(expected - {outcome["dag_id"] for outcome in outcomes})
    if missing:
        raise StageFailedError(f"The DAGs {', '.join(missing)} did not run; the log is {log}.")
    unseen = [stage.name for stage in STAGES if stage.name not in runs or runs[stage.name].status != "succeeded"]
    if unseen:
        raise StageFailedError(f"The stages {', '.join(unseen)} are not in the run ledger; the log is {log}.")


def _sentence(message: str | None) -> str:
    lines = (message or "no message").strip().splitlines()
    return lines[0] if lines[0].endswith(".") else f"{lines[0]}."
