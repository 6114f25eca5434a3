"""company.yml, sections `leakage` and `alerts`: when something counts, and when it deserves a person."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A section that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Leakage(Strict):
    """When something counts as revenue leakage. Days are calendar days.

    Attributes:
        unapplied_after_days: Money that was matched to no invoice for longer than this.
        untouched_after_days_past_due: An account past due for longer than this without a contact attempt.
        broken_promise_followup_days: A broken promise without a contact attempt within this.
        billing_grace_days: How much later than its usual day a bill may come before a period counts as skipped.
        late_billing_days: A service billed up to this after its period, or a late fee charged up to this after it was
            due, is a timing difference; what comes later has been recovered.
        late_fee_after_days: How long after the grace of the terms a late fee may still be under way.
        duplicate_within_days: Two equal credits or refunds at most this far apart are one given twice.
        recovery_floor: A written-off balance is collectable from this predicted share on, in [0, 1].
        alert_amount: An event of at least this many major units of its currency deserves a person.
    """

    unapplied_after_days: int = Field(default=7, ge=0)
    untouched_after_days_past_due: int = Field(default=15, ge=1)
    broken_promise_followup_days: int = Field(default=5, ge=0)
    billing_grace_days: int = Field(default=5, ge=0)
    late_billing_days: int = Field(default=45, ge=0)
    late_fee_after_days: int = Field(default=3, ge=0)
    duplicate_within_days: int = Field(default=7, ge=0)
    recovery_floor: float = Field(default=0.2, ge=0, le=1)
    alert_amount: float = Field(default=500, ge=0)


class Notifier(Strict):
    """An Airflow notifier that sends the day's alerts: a subclass of `BaseNotifier` by its import path.

    Attributes:
        class_path: (`class`) For example `airflow.providers.smtp.notifications.smtp.SmtpNotifier`.
        arguments: Given to its constructor. In templated ones, `{{ alerts_subject }}` and `{{ alerts_text }}` are the
            day's message. Passwords belong into an Airflow connection.
    """

    class_path: Annotated[str, Field(alias="class", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
    arguments: dict[str, Any] = {}


class Alerts(Strict):
    """What deserves a person today. Amounts are major units of the alert's own currency.

    Attributes:
        newly_overdue_amount: Smallest amount past due of an account that fell past due.
        broken_promise_amount: Smallest part of a promise that was not paid.
        bucket_crossing_amount: Smallest amount past due of an account that moved into a worse bucket.
        high_amount: From here on an alert is of high severity.
        kpi_band_mads: Half-width of a figure's usual band, in median absolute deviations.
        kpi_window_days: Trailing days that the band is made of.
        kpi_history_days: With fewer days of history a figure has no band.
        kpi_metrics: Figures that are watched; empty = every daily one.
        notifier: Who sends them; None = nobody.
    """

    newly_overdue_amount: float = Field(default=250, ge=0)
    broken_promise_amount: float = Field(default=100, ge=0)
    bucket_crossing_amount: float = Field(default=250, ge=0)
    high_amount: float = Field(default=1000, ge=0)
    kpi_band_mads: float = Field(default=6, gt=0)
    kpi_window_days: int = Field(default=56, ge=2, le=366)
    kpi_history_days: int = Field(default=14, ge=2)
    kpi_metrics: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...] = ()
    notifier: Notifier | None = None
