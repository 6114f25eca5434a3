"""What is promised of the list of those who are left out, before anybody can read it (one list date)."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from recoup_audit.rules import proposals


def suite() -> gx.ExpectationSuite:
    """The promises of scores.proposed_excluded."""
    return gx.ExpectationSuite(
        name="proposed_excluded",
        expectations=[
            gxe.ExpectCompoundColumnsToBeUnique(
                column_list=["account_id", "reason"], severity="critical",
                notes="The grain: one row an account and reason.",
            ),
            *(
                gxe.ExpectColumnValueLengthsToBeBetween(
                    column=column, min_value=1, severity="critical",
                    notes="Why was this person not called? has an answer, with the rule and where it is written.",
                )
                for column in ("reason", "rule_id", "citation")
            ),
            proposals.ExpectExcludedToBePopulation.about(),
            proposals.ExpectControlToBeExcludedAsControl.about(),
            proposals.ExpectBlockToEndAfterItBegins.about(),
        ],
    )  # fmt: skip
