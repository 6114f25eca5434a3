"""What is promised of the list of best times, before anybody can read it (one list date)."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from recoup_audit.rules import protection

EVIDENCE = ("own history", "look-alikes", "default")


def suite() -> gx.ExpectationSuite:
    """The promises of scores.proposed_best_time_to_contact."""
    return gx.ExpectationSuite(
        name="proposed_best_time_to_contact",
        expectations=[
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["account_id", "contact_point_id", "rank"], severity="critical",
                notes="The grain: a rank that stands twice is no order.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="rank", min_value=1, max_value=3, severity="critical",
                notes="At most three windows a contact point.",
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="p_right_party", min_value=0, max_value=1, severity="critical",
                notes="A calibrated probability; outside [0, 1] the model's output was not one.",
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="evidence", value_set=list(EVIDENCE), severity="critical",
                notes="Says what the hour rests on: the person's own calls, people like them, or a default curve.",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="window_end_utc", column_B="window_start_utc", severity="critical",
                notes="An empty window is no time to call.",
            ),
            protection.ExpectBestWindowToBeAllowed.about(),
            protection.ExpectLocalTimesToBeTheZones.about(),
            protection.ExpectRanksFromOne.about(),
        ],
    )  # fmt: skip
