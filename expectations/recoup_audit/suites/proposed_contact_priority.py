"""What is promised of the list of whom to contact, before anybody can read it (one list date)."""

from __future__ import annotations

from datetime import date, datetime

import great_expectations as gx
import great_expectations.expectations as gxe

from recoup_audit.rules import proposals, protection

CHANNELS = ("voice", "sms", "email", "letter", "voicemail")
PROBABILITIES = ("p_right_party", "p_pay_if_contacted", "p_pay_if_not")
NEVER_NULL = (
    "account_id", "person_id", "contact_point_id", "channel", "assigned_slot_start_utc", "assigned_slot_end_utc",
    "priority_score", "balance_amount", "past_due_amount", "currency", "allowed_windows_utc", "time_zone_set",
    "valid_until_utc", "model_version", "rule_version",
)  # fmt: skip


def suite(
    as_of_date: date, list_date: date, known_at: datetime, time_zone: str, reporting_currency: str
) -> gx.ExpectationSuite:
    """The promises of scores.proposed_contact_priority.

    Args:
        known_at: Knowledge cut-off: a refusal that arrived later binds the next list.
        time_zone: The company's; the list date is a day of this zone.
        reporting_currency: ISO 4217; only there can a score be worked out from the row alone.
    """
    return gx.ExpectationSuite(
        name="proposed_contact_priority",
        expectations=[
            gxe.ExpectColumnValuesToBeUnique(
                column="account_id", severity="critical",
                notes="One row an account and list: twice on the list is called twice.",
            ),
            *(
                gxe.ExpectColumnValuesToNotBeNull(
                    column=column, severity="critical", notes="Dialers read this column and cannot ask back."
                )
                for column in NEVER_NULL
            ),
            *(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column, min_value=0, max_value=1, severity="critical",
                    notes="A calibrated probability; outside [0, 1] the model's output was not one.",
                )
                for column in PROBABILITIES
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="channel", value_set=list(CHANNELS), severity="critical",
                notes="Caps and hours are rules about a channel: an unknown one has none.",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="arm", value_set=["treated", "explore"], severity="critical",
                notes="The control arm is never listed: it measures what the list adds.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="attempts_remaining", min_value=1, severity="critical",
                notes="The smallest cap that is left: at 0 the next call is one too many.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="past_due_amount", min_value=0, strict_min=True, severity="critical",
                notes="Nobody is contacted about a debt that is not past due.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="days_past_due", min_value=1, severity="critical",
                notes="Past due begins on the day after the due date.",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="assigned_slot_end_utc", column_B="assigned_slot_start_utc", severity="critical",
                notes="An empty slot is an hour nobody works in.",
            ),
            proposals.ExpectDatesOfTheDay.about(as_of_date=as_of_date),
            proposals.ExpectListedNotToBeExcluded.about(list_date=list_date),
            proposals.ExpectListedAndExcludedToBeThePopulation.about(list_date=list_date),
            proposals.ExpectSeqWithoutGaps.about(),
            proposals.ExpectSeqToFollowTheScore.about(),
            proposals.ExpectBalanceToTieToTheAging.about(),
            proposals.ExpectValueToBeWhatTheContactAdds.about(reporting_currency=reporting_currency),
            proposals.ExpectNoControlArm.about(),
            proposals.ExpectRuleVersionInForce.about(),
            protection.ExpectNobodyUnderProtection.about(list_date=list_date, known_at=known_at, time_zone=time_zone),
            protection.ExpectContactToBeEligible.about(),
            protection.ExpectSlotInsideAllowedWindows.about(),
            protection.ExpectValidUntilTheLastWindow.about(),
            protection.ExpectWindowsFromEightToNineEverywhere.about(),
            protection.ExpectEveryPlausibleZone.about(),
            protection.ExpectPersonOnOneRowASlot.about(),
        ],
    )  # fmt: skip
