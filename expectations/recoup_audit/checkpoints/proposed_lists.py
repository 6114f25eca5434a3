"""The layer proposed_lists: one day's proposals against what readers, called people and the ledger were promised."""

from __future__ import annotations

from datetime import date

from psycopg import sql

from recoup.cutoffs import knowledge_cutoff
from recoup.day import Day
from recoup.publishing import PROPOSALS_LAYER, proposals_fingerprint
from recoup.settings import Settings
from recoup_audit.checkpoints.layer import Check, Layer
from recoup_audit.suites import (
    marts_aging,
    proposed_best_time_to_contact,
    proposed_contact_priority,
    proposed_excluded,
)


def layer(day: Day, settings: Settings) -> Layer:
    """The day's proposals, as they are now: the fingerprint goes with them."""
    known_at = knowledge_cutoff(day, settings)
    company = settings.company
    return Layer(
        name=PROPOSALS_LAYER,
        title="the proposed lists",
        checks=(
            Check(
                marts_aging.suite(day.as_of_date, known_at, company.aging_bucket_days),
                _rows("marts", "ar_aging_by_invoice", "as_of_date", day.as_of_date),
                ("invoice_id",),
            ),
            Check(
                proposed_contact_priority.suite(
                    day.as_of_date, day.list_date, known_at, company.time_zone, company.reporting_currency
                ),
                _rows("scores", "proposed_contact_priority", "list_date", day.list_date),
                ("account_id",),
            ),
            Check(
                proposed_best_time_to_contact.suite(),
                _rows("scores", "proposed_best_time_to_contact", "list_date", day.list_date),
                ("account_id", "contact_point_id", "rank"),
            ),
            Check(
                proposed_excluded.suite(),
                _rows("scores", "proposed_excluded", "list_date", day.list_date),
                ("account_id", "reason"),
            ),
        ),
        content_sha256=proposals_fingerprint(day, settings, "auditor"),
    )


def _rows(schema: str, table: str, column: str, value: date) -> str:
    return (
        sql.SQL("select * from {} where {} = {}")
        .format(sql.Identifier(schema, table), sql.Identifier(column), sql.Literal(value))
        .as_string(None)
    )
