"""Tell the dialers whom of this morning's list to call no more: who paid, promised, opted out or is newly blocked.

Reads   raw_ledger.*, raw_contact.* that arrived since the list was made, lists.*
Writes  lists.suppressions, files at each target, lists.deliveries
Re-run  safe: each account is told to each target once; what was found and not sent is sent by the next run
Late?   docs/runbooks/deliver_suppressions.md
"""

from __future__ import annotations

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

import recoup.schedule as daily
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
DELIVERIES = Asset(name="deliveries", uri="recoup://lists/deliveries")


@dag(
    schedule=CronTriggerTimetable(daily.DELIVER_SUPPRESSIONS, timezone=TIME_ZONE, run_immediately=daily.NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=daily.SUPPRESSIONS_LIMIT,
    default_args=daily.DEFAULT_ARGS,
    params={"as_of_date": Param(**daily.AS_OF_DATE_PARAM)},
    tags=["tier:1", "stage:handover"],
    doc_md=__doc__,
)
def deliver_suppressions() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task(inlets=[DELIVERIES])
    def send_suppressions(day: dict[str, str]) -> dict[str, dict[str, int]]:
        from recoup.airflow_runtime import tasks

        return tasks.deliver_suppressions(day)

    day = resolve_as_of_date()
    send_suppressions(day)


deliver_suppressions()
