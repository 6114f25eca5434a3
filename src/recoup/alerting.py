"""The day's alerts as one message, and the record of what was sent.

An alert goes out once. What is about to be sent is first claimed in audit.sent_alerts, in a transaction that ends with
the sending: a message that could not be sent leaves no claim, and two tasks at once send one message.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from recoup import warehouse
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings

MOST_IN_A_MESSAGE = 50
"""A longer message is not read; the rest stands in monitoring.alerts and counts as sent."""

KINDS: dict[str, str] = {
    "contact_breach": "contacts that broke a rule",
    "undocumented_contacts": "contacts that are not documented",
    "kpi_outside_band": "figures outside their usual band",
    "leakage": "revenue leaks",
    "broken_promise": "broken promises",
    "bucket_crossing": "in a worse bucket",
    "newly_overdue": "newly past due",
}
"""What the alerts of a kind are called, in the order in which they are told."""

_ALERTS = """
select alert_id, kind, severity, account_id, metric, currency, amount, headline, what_to_do
from monitoring.alerts
where as_of_date = %s
order by severity <> 'high', amount desc nulls first, alert_id
"""
_CLAIM = """
insert into audit.sent_alerts (alert_id, as_of_date, notifier, recorded_at)
select alert_id, %(as_of_date)s, %(notifier)s, %(recorded_at)s
from unnest(%(alert_ids)s::text[]) as alerts (alert_id)
on conflict (alert_id) do nothing
returning alert_id
"""


@dataclass(frozen=True)
class Alert:
    """One row of monitoring.alerts. `amount` is in major units of `currency`."""

    alert_id: str
    kind: str
    severity: str
    account_id: str | None
    metric: str | None
    currency: str | None
    amount: Decimal | None
    headline: str
    what_to_do: str


@dataclass(frozen=True)
class Message:
    """What a notifier sends: plain text, keys and amounts, no personal data."""

    subject: str
    text: str


def alerts_of(as_of_date: date, settings: Settings) -> list[Alert]:
    """The alerts of a day: high severity first, then by amount.

    Raises:
        RecoupError: They were never built.
    """
    with warehouse.connect("bi_reader", settings) as connection:
        if connection.execute("select to_regclass('monitoring.alerts')").fetchone() == (None,):
            raise RecoupError("monitoring.alerts does not exist yet: run the stage build_monitoring first.")
        return [Alert(*row) for row in connection.execute(_ALERTS, [as_of_date]).fetchall()]


@contextlib.contextmanager
def unsent(day: Day, settings: Settings, notifier: str) -> Iterator[list[Alert]]:
    """Give the day's alerts that nobody has sent yet, and record them as sent if the block ends well.

    Args:
        notifier: What sends them, for the record.

    Raises:
        RecoupError: The alerts were never built. Whatever the block raises passes through, and nothing is recorded.
    """
    alerts = alerts_of(day.as_of_date, settings)
    with warehouse.connect("auditor", settings) as connection:
        claimed = connection.execute(
            _CLAIM,
            {
                "alert_ids": [alert.alert_id for alert in alerts],
                "as_of_date": day.as_of_date,
                "notifier": notifier,
                "recorded_at": day.recorded_at,
            },
        ).fetchall()
        mine = {alert_id for (alert_id,) in claimed}
        yield [alert for alert in alerts if alert.alert_id in mine]


def message(alerts: Sequence[Alert], day: Day, settings: Settings) -> Message:
    """The alerts as one message, grouped by severity, the largest first."""
    high = sum(alert.severity == "high" for alert in alerts)
    noun = "alert" if len(alerts) == 1 else "alerts"
    subject = f"{settings.company.company}: {len(alerts)} {noun} for {day.list_date}, {high} of high severity"
    counts = [f"{name} {n}" for kind, name in KINDS.items() if (n := sum(alert.kind == kind for alert in alerts))]
    lines = [f"As of the end of {day.as_of_date}: {', '.join(counts)}."]
    for severity in ("high", "normal"):
        shown = [alert for alert in alerts[:MOST_IN_A_MESSAGE] if alert.severity == severity]
        lines += ["", f"{severity.upper()} SEVERITY"] if shown else []
        for alert in shown:
            lines += [
                f"* {alert.account_id + ': ' if alert.account_id else ''}{alert.headline}",
                f"  {alert.what_to_do}",
            ]
    if len(alerts) > MOST_IN_A_MESSAGE:
        lines += ["", f"And {len(alerts) - MOST_IN_A_MESSAGE} more in monitoring.alerts."]
    return Message(subject, "\n".join(lines) + "\n")
