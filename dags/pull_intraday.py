"""Pull what changed in both sources since the last pull, every five minutes, for the contact check.

Reads   the company's contact center and billing ledger, through the sources that company.yml names
Writes  raw_contact.*, raw_ledger.*, vault.*: versions that are not held yet, in batches marked as intraday
Re-run  safe: the next pull begins where each entity's cursor stands; a morning's list never sees these rows
Late?   docs/runbooks/pull_intraday.md
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from recoup.schedule import DEFAULT_ARGS, INTRADAY, NEVER_MADE_UP, STAGE_LIMITS
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone


@dag(
    schedule=CronTriggerTimetable(INTRADAY, timezone=TIME_ZONE, run_immediately=NEVER_MADE_UP),
    catchup=False,
    # One at a time: a pull that takes longer than five minutes is followed by one pull, not by a queue of them.
    max_active_runs=1,
    dagrun_timeout=2 * STAGE_LIMITS["pull_intraday"],
    # Nothing is tried again: the next run begins where this one stopped.
    default_args=DEFAULT_ARGS | {"retries": 0},
    tags=["tier:1", "stage:ingest"],
    doc_md=__doc__,
)
def pull_intraday() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day_under_way

        return resolve_day_under_way(context["dag_run"].run_after)

    @task(execution_timeout=STAGE_LIMITS["pull_intraday"])
    def pull_intraday(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("pull_intraday", day)

    pull_intraday(resolve_as_of_date())


pull_intraday()
