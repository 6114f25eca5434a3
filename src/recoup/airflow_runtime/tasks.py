"""What a DAG's task calls: one stage, inside its time limit."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from recoup.company import Notifier
from recoup.errors import RecoupError
from recoup.schedule import (
    DELIVERY_LIMIT,
    STAGE_LIMITS,
    SUPPRESSIONS_LIMIT,
    day_of_run,
    day_under_way,
    from_xcom,
    to_xcom,
)
from recoup.settings import load_settings


def resolve_day(run_after: datetime, as_of_date: str | None) -> dict[str, str]:
    """The run's day, for the tasks after it. See `recoup.schedule.day_of_run`."""
    return to_xcom(day_of_run(run_after, as_of_date, load_settings().company.time_zone))


def resolve_day_under_way(run_after: datetime) -> dict[str, str]:
    """The day that a pull between two days belongs to. See `recoup.schedule.day_under_way`."""
    return to_xcom(day_under_way(run_after, load_settings().company.time_zone))


def have_succeeded(stages: Sequence[str], day: Mapping[str, str]) -> bool:
    """Whether the run ledger shows a success of each of `stages` for the day's as-of date."""
    from recoup.run_ledger import has_succeeded

    settings = load_settings()
    as_of_date = from_xcom(day).as_of_date
    missing = [stage for stage in stages if not has_succeeded(stage, as_of_date, settings)]
    if missing:
        print(f"waiting for {', '.join(missing)} of {as_of_date}")
    return not missing


def have_ended(stages: Sequence[str], day: Mapping[str, str]) -> bool:
    """Whether the newest run of each of `stages` for the day's as-of date succeeded or failed."""
    from recoup.airflow_runtime.progress import stage_runs

    as_of_date = from_xcom(day).as_of_date
    runs = stage_runs(load_settings(), as_of_date)
    missing = [stage for stage in stages if stage not in runs or runs[stage].status not in ("succeeded", "failed")]
    if missing:
        print(f"waiting for the end of {', '.join(missing)} of {as_of_date}")
    return not missing


def run_stage(stage: str, day: Mapping[str, str]) -> dict[str, int]:
    """Run one stage of the pipeline for the day; returns its row counts.

    Raises:
        RecoupError: Whatever the stage says about its input; the run ledger keeps the same sentence.
    """
    from recoup import pipeline

    with statement_timeout(STAGE_LIMITS[stage]):
        counts = pipeline.run_stage(stage, from_xcom(day), load_settings())
    return dict(counts or {})


def send_alerts(day: Mapping[str, str], context: Mapping[str, Any]) -> dict[str, int]:
    """Send the day's alerts that were not sent yet in one message, through the notifier that company.yml names.

    Args:
        context: The task's, for the notifier's templates.

    Raises:
        RecoupError: The notifier cannot be made. What it raises itself passes through; then nothing counts as sent.
    """
    from recoup import alerting

    settings = load_settings()
    configured = settings.company.alerts.notifier
    if configured is None:
        print("no notifier is configured (company.yml: alerts.notifier): nothing is sent")
        return {"sent": 0}
    notifier = _made(configured)
    with alerting.unsent(from_xcom(day), settings, configured.class_path) as alerts:
        if alerts:
            message = alerting.message(alerts, from_xcom(day), settings)
            notifier({**context, "alerts_subject": message.subject, "alerts_text": message.text})
    print(f"{len(alerts)} alerts sent by {configured.class_path}")
    return {"sent": len(alerts)}


def deliver_lists(day: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Bring the day's list to every target of company.yml; see `recoup.handover.stages.deliver_list`.

    Raises:
        RecoupError: A target could not be reached or refused; the others have theirs.
    """
    from recoup.handover.stages import deliver_list

    with statement_timeout(DELIVERY_LIMIT):
        return _each_target(deliver_list, day)


def deliver_suppressions(day: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Tell every target whom to call no more; see `recoup.handover.suppression_files`. Raises as `deliver_lists`."""
    from recoup.handover.suppression_files import deliver_suppressions

    with statement_timeout(SUPPRESSIONS_LIMIT):
        return _each_target(deliver_suppressions, day)


def _each_target(bring: Callable[..., dict[str, int]], day: Mapping[str, str]) -> dict[str, dict[str, int]]:
    from recoup.airflow_runtime.carriers import carrier_for

    settings = load_settings()
    done: dict[str, dict[str, int]] = {}
    failed: dict[str, Exception] = {}
    for target in settings.company.handover.targets:
        try:
            done[target.name] = bring(target, carrier_for, from_xcom(day), settings)
        except Exception as error:
            failed[target.name] = error
            traceback.print_exc()
    if not settings.company.handover.targets:
        print("no target is configured (company.yml: handover.targets): nothing is handed over")
    if failed:
        unreached = "; ".join(f"The target {name} was not reached ({reason})" for name, reason in failed.items())
        others = f"; {', '.join(done)} went well" if done else ""
        raise RecoupError(f"{unreached}{others}: mend it and clear the task.") from next(iter(failed.values()))
    return done


def _made(configured: Notifier) -> Any:
    module, _, name = configured.class_path.rpartition(".")
    try:
        return getattr(import_module(module), name)(**configured.arguments)
    except (ImportError, AttributeError, TypeError) as error:
        raise RecoupError(
            f"The notifier {configured.class_path} of company.yml (alerts.notifier) cannot be made ({error}): "
            "install its provider's package, or correct its path and arguments."
        ) from error


@contextmanager
def statement_timeout(limit: timedelta) -> Iterator[None]:
    """Give every Postgres connection opened inside (psycopg, psycopg2, ADBC: all of libpq) a statement timeout."""
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"{before or ''} -c statement_timeout={int(limit.total_seconds() * 1000)}".strip()
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before
