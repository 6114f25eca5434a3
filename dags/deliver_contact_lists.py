"""Hand the published list over to the dialers that company.yml names.

Reads   lists.* of one list date (`publish_contact_lists`), addresses through the dialer's view
Writes  files at each target (directory, SFTP, S3, HTTP, through Airflow's connections), lists.deliveries
Re-run  safe: what a target has is recorded and not sent again; what it has and nobody recorded is only recorded
Late?   docs/runbooks/deliver_contact_lists.md
"""

from __future__ import annotations

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

import recoup.schedule as daily
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
CONTACT_LISTS = Asset(name="contact_lists", uri="recoup://lists")
DELIVERIES = Asset(name="deliveries", uri="recoup://lists/deliveries")


@dag(
    schedule=CronTriggerTimetable(daily.DAILY, timezone=TIME_ZONE, run_immediately=daily.NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=daily.RUN_LIMIT,
    default_args=daily.DEFAULT_ARGS,
    params={"as_of_date": Param(**daily.AS_OF_DATE_PARAM)},
    tags=["tier:1", "stage:handover"],
    doc_md=__doc__,
)
def deliver_contact_lists() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task.sensor(**daily.readiness())
    def wait_for_published_lists(day: dict[str, str]) -> bool:
        from recoup.airflow_runtime.tasks import have_succeeded

        return have_succeeded(["publish_lists"], day)

    @task(execution_timeout=daily.STAGE_LIMITS["export_lists"], inlets=[CONTACT_LISTS])
    def export_lists(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("export_lists", day)

    @task(execution_timeout=daily.DELIVERY_LIMIT, outlets=[DELIVERIES])
    def deliver_lists(day: dict[str, str]) -> dict[str, dict[str, int]]:
        from recoup.airflow_runtime import tasks

        return tasks.deliver_lists(day)

    day = resolve_as_of_date()
    wait_for_published_lists(day) >> export_lists(day) >> deliver_lists(day)


deliver_contact_lists()
