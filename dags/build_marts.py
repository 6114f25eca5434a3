"""Build staging, the ledger, the marts, the features and the contact policy with dbt.

Reads   raw_ledger.*, raw_contact.* whose audits passed for the same as_of_date (`ingest_*`)
Writes  staging.*, intermediate.*, marts.*, features.*, policy.*
Re-run  safe: each model replaces its as_of_date's partition, or the keys that the new batches touched
Late?   docs/runbooks/build_marts.md
"""

from __future__ import annotations

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

from recoup.schedule import AS_OF_DATE_PARAM, DAILY, DEFAULT_ARGS, NEVER_MADE_UP, RUN_LIMIT, STAGE_LIMITS, readiness
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
RAW_LEDGER = Asset(name="raw_ledger", uri="recoup://raw_ledger")
RAW_CONTACT = Asset(name="raw_contact", uri="recoup://raw_contact")
AR_AGING = Asset(name="ar_aging", uri="recoup://marts/ar_aging")
FEATURES = Asset(name="features", uri="recoup://features")
POLICY = Asset(name="policy", uri="recoup://policy")


@dag(
    schedule=CronTriggerTimetable(DAILY, timezone=TIME_ZONE, run_immediately=NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_LIMIT,
    default_args=DEFAULT_ARGS,
    params={"as_of_date": Param(**AS_OF_DATE_PARAM)},
    tags=["tier:1", "stage:build"],
    doc_md=__doc__,
)
def build_marts() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task.sensor(**readiness())
    def wait_for_audited_feeds(day: dict[str, str]) -> bool:
        from recoup.airflow_runtime.tasks import have_succeeded

        return have_succeeded(["audit_billing_ledger", "audit_contact_center"], day)

    @task(execution_timeout=STAGE_LIMITS["build_staging"], inlets=[RAW_LEDGER, RAW_CONTACT])
    def build_staging(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("build_staging", day)

    @task(execution_timeout=STAGE_LIMITS["build_marts"], outlets=[AR_AGING])
    def build_marts(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("build_marts", day)

    @task(execution_timeout=STAGE_LIMITS["build_features"], outlets=[FEATURES, POLICY])
    def build_features(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("build_features", day)

    day = resolve_as_of_date()
    wait_for_audited_feeds(day) >> build_staging(day) >> build_marts(day) >> build_features(day)


build_marts()
