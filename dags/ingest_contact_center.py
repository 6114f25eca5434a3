"""Pull the contact center's log, audit what arrived and look for contacts that broke a rule.

Reads   the company's contact center, through the source that company.yml names; nothing where it names none
Writes  raw_contact.*, vault.contact_points, audit.validation_results, audit.breach_findings, audit.near_misses
Re-run  safe: a pull adds only versions that are not held yet, one transaction an entity; the audit replaces its result;
        a finding about a contact is written once
Late?   docs/runbooks/ingest_contact_center.md
"""

from __future__ import annotations

from airflow.sdk import (
    Asset,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    dag,
    task,
)

from recoup.schedule import (
    AS_OF_DATE_PARAM,
    DAILY,
    DEFAULT_ARGS,
    FINDING,
    NEVER_MADE_UP,
    RUN_LIMIT,
    STAGE_LIMITS,
)
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
RAW_CONTACT = Asset(name="raw_contact", uri="recoup://raw_contact")
# Auditing the same rows again finds the same: a finding is not retried, an outage is.
FINDINGS_STAND = ExceptionRetryPolicy(rules=[RetryRule(exception=FINDING, action=RetryAction.FAIL)])


@dag(
    schedule=CronTriggerTimetable(DAILY, timezone=TIME_ZONE, run_immediately=NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_LIMIT,
    default_args=DEFAULT_ARGS,
    params={"as_of_date": Param(**AS_OF_DATE_PARAM)},
    tags=["tier:1", "stage:ingest"],
    doc_md=__doc__,
)
def ingest_contact_center() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task(execution_timeout=STAGE_LIMITS["pull_contact_center"])
    def pull_contact_center(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("pull_contact_center", day)

    @task(execution_timeout=STAGE_LIMITS["audit_contact_center"], retry_policy=FINDINGS_STAND, outlets=[RAW_CONTACT])
    def audit_contact_center(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("audit_contact_center", day)

    @task(execution_timeout=STAGE_LIMITS["detect_breaches"])
    def detect_breaches(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("detect_breaches", day)

    day = resolve_as_of_date()
    pull_contact_center(day) >> audit_contact_center(day) >> detect_breaches(day)


ingest_contact_center()
