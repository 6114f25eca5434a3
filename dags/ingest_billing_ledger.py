"""Pull the billing ledger and audit what arrived.

Reads   the company's billing ledger, through the source that company.yml names
Writes  raw_ledger.*, vault.persons, vault.contact_points, audit.validation_results
Re-run  safe: a pull adds only versions that are not held yet, one transaction an entity; the audit replaces its result
Late?   docs/runbooks/ingest_billing_ledger.md
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
RAW_LEDGER = Asset(name="raw_ledger", uri="recoup://raw_ledger")
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
def ingest_billing_ledger() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task(execution_timeout=STAGE_LIMITS["pull_billing_ledger"])
    def pull_billing_ledger(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("pull_billing_ledger", day)

    @task(execution_timeout=STAGE_LIMITS["audit_billing_ledger"], retry_policy=FINDINGS_STAND, outlets=[RAW_LEDGER])
    def audit_billing_ledger(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("audit_billing_ledger", day)

    day = resolve_as_of_date()
    pull_billing_ledger(day) >> audit_billing_ledger(day)


ingest_billing_ledger()
