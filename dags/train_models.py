"""Train the models of reach and of payment, unless the standing ones are young enough.

Reads   features.* of one as_of_date (built by `build_marts`), ml/params.yaml
Writes  scores.model_registry and the artifacts beside it
Re-run  safe: nothing is trained while the champion is younger than `retrain_after_days`
Late?   docs/runbooks/train_models.md
"""

from __future__ import annotations

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

from recoup.schedule import AS_OF_DATE_PARAM, DAILY, DEFAULT_ARGS, NEVER_MADE_UP, RUN_LIMIT, STAGE_LIMITS, readiness
from recoup.settings import load_settings

TIME_ZONE = load_settings().company.time_zone
FEATURES = Asset(name="features", uri="recoup://features")
MODELS = Asset(name="models", uri="recoup://scores/model_registry")


@dag(
    schedule=CronTriggerTimetable(DAILY, timezone=TIME_ZONE, run_immediately=NEVER_MADE_UP),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_LIMIT,
    default_args=DEFAULT_ARGS,
    params={"as_of_date": Param(**AS_OF_DATE_PARAM)},
    tags=["tier:2", "stage:train"],
    doc_md=__doc__,
)
def train_models() -> None:
    @task
    def resolve_as_of_date(**context) -> dict[str, str]:
        from recoup.airflow_runtime.tasks import resolve_day

        return resolve_day(context["dag_run"].run_after, context["params"]["as_of_date"])

    @task.sensor(**readiness())
    def wait_for_features(day: dict[str, str]) -> bool:
        from recoup.airflow_runtime.tasks import have_succeeded

        return have_succeeded(["build_features"], day)

    @task(execution_timeout=STAGE_LIMITS["train_reach_model"], inlets=[FEATURES], outlets=[MODELS])
    def train_reach_model(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("train_reach_model", day)

    @task(execution_timeout=STAGE_LIMITS["train_payment_model"], inlets=[FEATURES], outlets=[MODELS])
    def train_payment_model(day: dict[str, str]) -> dict[str, int]:
        from recoup.airflow_runtime.tasks import run_stage

        return run_stage("train_payment_model", day)

    day = resolve_as_of_date()
    wait_for_features(day) >> [train_reach_model(day), train_payment_model(day)]


train_models()
