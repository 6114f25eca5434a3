"""The day's stages in order, and how to run one: with Airflow, from the command line, or from a test alike.

A stage is `def stage(day: Day, settings: Settings) -> dict[str, int]`, found through the entry points group
`recoup.stages`, so that this package need not import those above it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

import psycopg

from recoup import run_ledger, warehouse
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings

StageFunction = Callable[[Day, Settings], dict[str, int]]
ENTRY_POINTS = "recoup.stages"


@dataclass(frozen=True)
class Stage:
    """One step of the day.

    Attributes:
        dag_id: The DAG whose task it is.
    """

    name: str
    dag_id: str


STAGES: tuple[Stage, ...] = (
    Stage("pull_billing_ledger", "ingest_billing_ledger"),
    Stage("audit_billing_ledger", "ingest_billing_ledger"),
    Stage("pull_contact_center", "ingest_contact_center"),
    Stage("audit_contact_center", "ingest_contact_center"),
    Stage("detect_breaches", "ingest_contact_center"),
    Stage("build_staging", "build_marts"),
    Stage("build_marts", "build_marts"),
    Stage("build_features", "build_marts"),
    Stage("train_reach_model", "train_models"),
    Stage("train_payment_model", "train_models"),
    Stage("score_accounts", "publish_contact_lists"),
    Stage("propose_lists", "publish_contact_lists"),
    Stage("audit_lists", "publish_contact_lists"),
    Stage("publish_lists", "publish_contact_lists"),
    Stage("build_monitoring", "publish_contact_lists"),
    Stage("write_day_page", "publish_contact_lists"),
    Stage("export_lists", "deliver_contact_lists"),
)

BESIDE_THE_DAY: tuple[Stage, ...] = (Stage("pull_intraday", "pull_intraday"),)
"""Stages that run between two days, and belong to the order of none."""


def stage_named(name: str) -> Stage:
    """Return the stage called `name`.

    Raises:
        RecoupError: There is none; names those there are.
    """
    for stage in (*STAGES, *BESIDE_THE_DAY):
        if stage.name == name:
            return stage
    raise RecoupError(f"There is no stage {name!r}; the stages are {', '.join(stage.name for stage in STAGES)}.")


def stages_between(first: str | None = None, last: str | None = None) -> tuple[Stage, ...]:
    """The stages from `first` to `last`, both inclusive; None = from the beginning, to the end.

    Raises:
        RecoupError: One of them is unknown, or `last` comes before `first`.
    """
    begin = 0 if first is None else STAGES.index(stage_named(first))
    end = len(STAGES) if last is None else STAGES.index(stage_named(last)) + 1
    if begin >= end:
        raise RecoupError(f"The stage {last} comes before {first}: name them in the order of the day.")
    return STAGES[begin:end]


def load_stage(name: str) -> StageFunction:
    """Import and return the function of one stage.

    Raises:
        RecoupError: There is no such stage, or the installed package does not know it yet.
    """
    stage_named(name)
    try:
        entry_point = _entry_points()[name]
    except KeyError:
        raise RecoupError(
            f"The stage {name} is not installed: bring the environment up to date with `uv sync`."
        ) from None
    function: StageFunction = entry_point.load()
    return function


def run_stage(name: str, day: Day, settings: Settings) -> dict[str, int]:
    """Run one stage for `day`, recorded in the run ledger; return its row counts.

    Raises:
        RecoupError: The user can mend it. Anything else is a defect and passes through.
    """
    function = load_stage(name)
    try:
        with run_ledger.recorded(name, day, settings) as record:
            record.rows = function(day, settings) or {}
    except psycopg.Error as error:
        sentence = warehouse.explained(error)
        if sentence is error:
            raise
        raise sentence from error
    return record.rows


@cache
def _entry_points() -> dict[str, EntryPoint]:
    return {entry_point.name: entry_point for entry_point in entry_points(group=ENTRY_POINTS)}
