"""company.yml, section `leakage`: from when on something counts as revenue leakage."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Leakage(BaseModel):
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

    model_config = ConfigDict(extra="forbid", frozen=True)

    unapplied_after_days: int = Field(default=7, ge=0)
    untouched_after_days_past_due: int = Field(default=15, ge=1)
    broken_promise_followup_days: int = Field(default=5, ge=0)
    billing_grace_days: int = Field(default=5, ge=0)
    late_billing_days: int = Field(default=45, ge=0)
    late_fee_after_days: int = Field(default=3, ge=0)
    duplicate_within_days: int = Field(default=7, ge=0)
    recovery_floor: float = Field(default=0.2, ge=0, le=1)
    alert_amount: float = Field(default=500, ge=0)
