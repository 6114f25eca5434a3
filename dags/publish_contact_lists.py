"""Score the open accounts, propose the day's lists, audit them and publish them.

Reads   features.*, policy.* of one as_of_date (`build_marts`), scores.model_registry (`train_models`)
Writes  scores.*, lists.*, audit.*, monitoring.*, the day's page; sends the day's alerts where a notifier is configured
Re-run  safe: a published list_date comes out with the same row hashes; an alert that was sent is not sent again
Late?   docs/runbooks/publish_contact_lists.md
"""

from __future__ import annotations

from airflow.sdk import Asset, CronTriggerTimetable, ExceptionRetryPolicy, Param, RetryAction, RetryRule, dag, task

import recoup.schedule as daily
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
FEATURES = Asset(name="features", uri="recoup://features")
POLICY = Asset(name="policy", uri="recoup://policy")
MODELS = Asset(name="models", uri="recoup://scores/model_registry")
CONTACT_LISTS = Asset(name="contact_lists", uri="recoup://lists")
# Auditing the same rows again finds the same: a finding is not retried, an outage is.
FINDINGS_STAND = ExceptionRetryPolicy(rules=[RetryRule(exception=daily.FINDING, action=RetryAction.FAIL)])


@dag(
    schedule=CronTriggerTimetable(daily.DAILY, timezone=TIME_ZONE, run_immediately=daily.NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=daily.RUN_LIMIT,
    default_args=daily.DEFAULT_ARGS,
    params={"as_of_date": Param(**daily.AS_OF_DATE_PARAM)},
    tags=["tier:1", "stage:lists"],
    doc_md=__doc__,
)
def publish_contact_lists() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task.sensor(**daily.readiness())
    def wait_for_features_and_models(day: dict[str, str]) -> bool:
        from recoup.airflow_runtime.tasks import have_ended, have_succeeded

        # A training that failed is no reason for no list: the standing models score.
        return have_succeeded(["build_features"], day) and have_ended(["train_reach_model", "train_payment_model"], day)

    @task(execution_timeout=daily.STAGE_LIMITS["score_accounts"], inlets=[FEATURES, POLICY, MODELS])
    def score_accounts(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("score_accounts", day)

    @task(execution_timeout=daily.STAGE_LIMITS["propose_lists"])
    def propose_lists(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("propose_lists", day)

    @task(execution_timeout=daily.STAGE_LIMITS["audit_lists"], retry_policy=FINDINGS_STAND)
    def audit_lists(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("audit_lists", day)

    @task(execution_timeout=daily.STAGE_LIMITS["publish_lists"], outlets=[CONTACT_LISTS])
    def publish_lists(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("publish_lists", day)

    @task(execution_timeout=daily.STAGE_LIMITS["build_monitoring"])
    def build_monitoring(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("build_monitoring", day)

    @task(execution_timeout=daily.STAGE_LIMITS["write_day_page"])
    def write_day_page(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("write_day_page", day)

    @task
    def send_alerts(day: dict[str, str], **context) -> dict[str, int]:
        from recoup.airflow_runtime import tasks

        return tasks.send_alerts(day, context)

    day = resolve_as_of_date()
    proposed = wait_for_features_and_models(day) >> score_accounts(day) >> propose_lists(day)
    published = proposed >> audit_lists(day) >> publish_lists(day) >> build_monitoring(day)
    published >> [write_day_page(day), send_alerts(day)]


publish_contact_lists()
