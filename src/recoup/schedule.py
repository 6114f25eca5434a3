"""When the day runs and how long each stage may take: read by every DAG, tested without Airflow.

The DAGs of the day fire at the same minute. What orders them is not the clock but the run ledger: a DAG that needs
another one's stages waits until the ledger says that they succeeded for the same as-of date. A late source then delays
what depends on it and nothing else. `pull_intraday` stands beside them, every five minutes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from recoup.day import CLOSING_HOUR, Day, last_closed_date

DAILY = f"{CLOSING_HOUR.minute} {CLOSING_HOUR.hour} * * *"
"""Cron, local to the company: sources have closed, the dialers' day has not begun.

The DAGs have no start date on purpose: with one, Airflow would run a missed day at once when it first sees them, and
would let a run dated before it succeed without running a task.
"""

INTRADAY = "*/5 * * * *"
"""Cron, local to the company: what the contact check must know within minutes, such as a payment or an opt-out."""

NEVER_MADE_UP = timedelta(0)
"""How long ago a run may have been due that Airflow makes up for when it first sees a DAG: who starts Airflow at six
does not ask for the day of five. Given as a span because False means a tenth of the interval to Airflow 3.3."""

RUN_LIMIT = timedelta(hours=6)
"""A DAG run that takes longer is failed: at 11:00 the dialers work with yesterday's list, and somebody must know."""

READY_LIMIT = timedelta(hours=4)
"""How long a DAG waits for the stages it needs before it fails."""

STAGE_LIMITS: dict[str, timedelta] = {
    "pull_billing_ledger": timedelta(hours=1),
    "audit_billing_ledger": timedelta(minutes=20),
    "pull_contact_center": timedelta(hours=1),
    "audit_contact_center": timedelta(minutes=20),
    "detect_breaches": timedelta(minutes=30),
    "build_staging": timedelta(hours=1),
    "build_marts": timedelta(hours=1),
    "build_features": timedelta(hours=1),
    "train_reach_model": timedelta(hours=2),
    "train_payment_model": timedelta(hours=2),
    "score_accounts": timedelta(hours=1),
    "propose_lists": timedelta(minutes=30),
    "audit_lists": timedelta(minutes=20),
    "publish_lists": timedelta(minutes=15),
    "build_monitoring": timedelta(minutes=30),
    "write_day_page": timedelta(minutes=10),
    "pull_intraday": timedelta(minutes=15),
    "export_lists": timedelta(minutes=30),
}
"""The longest a stage may run. The same limit goes to Postgres as statement timeout, so that a killed task leaves no
query behind that still holds locks."""

DELIVERY_LIMIT = timedelta(minutes=30)
"""The longest that bringing files to one receiver may take."""

DELIVER_SUPPRESSIONS = "*/15 7-21 * * *"
"""Cron, local to the company: how often the dialers are told whom to call no more."""

SUPPRESSIONS_LIMIT = timedelta(minutes=14)
"""A run that takes longer is failed: the next one tells what it left out."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "recoup",
    "depends_on_past": False,
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=5),
}

FINDING = "recoup.errors.StageFailedError"
"""What a stage raises when it did its work and found that the day must not go on."""

AS_OF_DATE_PARAM: dict[str, Any] = {
    "default": None,
    "type": ["null", "string"],
    "format": "date",
    "title": "As-of date",
    "description": "Last closed calendar day, inclusive (YYYY-MM-DD). Empty: the day before the run fires, local time.",
}


def readiness() -> dict[str, Any]:
    """How a sensor waits for another DAG's stages: without holding a worker, at most `READY_LIMIT`.

    It looks into the run ledger every RECOUP_READY_POLL_SECONDS, default 30.
    """
    poll = float(os.environ.get("RECOUP_READY_POLL_SECONDS") or 30)
    return {"mode": "reschedule", "poke_interval": poll, "timeout": READY_LIMIT.total_seconds()}


def day_of_run(run_after: datetime, as_of_date: str | None, time_zone: str) -> Day:
    """The day that a DAG run is for.

    The batch clock is the instant at which the run was due: for a scheduled run 05:00 of the list date. A run for an
    older date keeps its own clock, because what it pulls it learns now.

    Args:
        run_after: When the run was due, aware.
        as_of_date: ISO date that the run was asked for; None or empty = the last day closed at `run_after`.
        time_zone: The company's, IANA.

    Raises:
        ValueError: `as_of_date` is no ISO date, or that day is not over yet at `run_after`.
    """
    last_closed = last_closed_date(run_after, time_zone)
    wanted = date.fromisoformat(as_of_date) if as_of_date else last_closed
    if wanted > last_closed:
        raise ValueError(
            f"as_of_date {wanted} is not over yet in {time_zone} when this run is due: "
            f"the last closed day is {last_closed}"
        )
    return Day(wanted, run_after)


def day_under_way(clock: datetime, time_zone: str) -> Day:
    """The day that a pull at `clock` (aware) belongs to: the one whose own pull comes next, not closed yet.

    A day is pulled at its closing hour of the next morning; what is learned before that is learned for it and is
    audited with it.

    Args:
        time_zone: The company's, IANA.
    """
    hours = timedelta(hours=CLOSING_HOUR.hour, minutes=CLOSING_HOUR.minute)
    local = clock.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    return Day((local - hours).date(), clock)


def to_xcom(day: Day) -> dict[str, str]:
    """What one task tells the next about the day: two texts, no objects."""
    return {"as_of_date": day.as_of_date.isoformat(), "recorded_at": day.recorded_at.isoformat()}


def from_xcom(day: Mapping[str, str]) -> Day:
    """The inverse of `to_xcom`."""
    return Day(date.fromisoformat(day["as_of_date"]), datetime.fromisoformat(day["recorded_at"]))
