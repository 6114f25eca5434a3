"""What every feed promised about its pulls: finished, counted to the row, and not silent."""

from __future__ import annotations

from datetime import date

import great_expectations as gx
import great_expectations.expectations as gxe
from psycopg import sql

from recoup.entities import Feed
from recoup.landing.ddl import raw_schema
from recoup_audit.rules import feeds


def batches_suite(feed: Feed) -> gx.ExpectationSuite:
    """The day's rows of raw_<feed>.batches."""
    return gx.ExpectationSuite(
        name=f"{raw_schema(feed)}_batches",
        expectations=[
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, severity="critical",
                notes="Without a pull for the day the lists would be made from the day before: pull first.",
            ),
            feeds.ExpectBatchesToBeFinished.about(),
        ],
    )  # fmt: skip


def manifest_suite(feed: Feed, as_of_date: date, batch_ids: list[int]) -> gx.ExpectationSuite:
    """The day's rows of raw_<feed>.manifest."""
    schema = raw_schema(feed)
    return gx.ExpectationSuite(
        name=f"{schema}_manifest",
        expectations=[
            feeds.ExpectManifestToTie.about(),
            feeds.ExpectRejectedRowsToBeOnRecord.about(
                rejected=sql.Identifier(schema, "rejected"), batch_ids=batch_ids
            ),
            feeds.ExpectFewRejectedRows.about(),
            feeds.ExpectNoRejectedRows.about(),
            feeds.ExpectCursorNotToGoBack.about(),
            feeds.ExpectFeedNotToFallSilent.about(
                batches=sql.Identifier(schema, "batches"), manifest=sql.Identifier(schema, "manifest"),
                as_of_date=as_of_date,
            ),
        ],
    )  # fmt: skip
