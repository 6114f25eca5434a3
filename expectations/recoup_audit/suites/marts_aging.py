"""What the aging mart promises before lists are made from it (one as-of date, open invoices)."""

from __future__ import annotations

from datetime import date, datetime

import great_expectations as gx

from recoup.sources.currencies import EXPONENTS
from recoup_audit.rules import aging


def suite(as_of_date: date, known_at: datetime, bucket_days: tuple[int, ...]) -> gx.ExpectationSuite:
    """The promises of marts.ar_aging_by_invoice and of what is summed from it.

    Args:
        known_at: Knowledge cut-off of the marts.
        bucket_days: Upper bounds of the past-due buckets, days, inclusive, ascending.
    """
    return gx.ExpectationSuite(
        name="marts_aging",
        expectations=[
            aging.ExpectAccountsToAddUpToInvoices.about(as_of_date=as_of_date),
            aging.ExpectBucketsToAddUpToTheBalance.about(as_of_date=as_of_date),
            aging.ExpectAgingToMeetTheControlTotal.about(as_of_date=as_of_date),
            aging.ExpectDaysPastDueFromTheDueDate.about(),
            aging.ExpectBucketOfTheDaysPastDue.about(bucket_days=list(bucket_days)),
            aging.ExpectDueDateOfTheInvoice.about(known_at=known_at),
            aging.ExpectOpenAmountToFollowFromTheApplications.about(
                as_of_date=as_of_date, known_at=known_at, currencies=list(EXPONENTS), exponents=list(EXPONENTS.values())
            ),
        ],
    )
