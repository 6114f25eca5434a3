"""What every canonical entity promises, derived from its declaration, for the raw rows of one day."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
from psycopg import sql

from recoup.entities import Entity, Feed
from recoup.landing.ddl import raw_schema
from recoup_audit.rules import feeds

Expectations = list[gxe.Expectation]

FREE_TEXT: dict[str, tuple[str, ...]] = {
    "accounts": ("close_reason",),
    "adjustments": ("reason",),
    "attempts": ("disposition_raw",),
    "contact_points": ("source",),
    "costs": ("detail",),
    "status_events": ("detail",),
    "subscriptions": ("cancel_reason",),
}
"""Columns that people type into, by entity: where a name or a number may slip past the vault."""

REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "account_parties": (("account_id", "accounts"), ("person_id", "persons")),
    "adjustments": (("account_id", "accounts"),),
    "contact_points": (("person_id", "persons"),),
    "contract_prices": (("account_id", "accounts"),),
    "debts": (("account_id", "accounts"),),
    "instalments": (("plan_id", "plans"),),
    "invoice_lines": (("invoice_id", "invoices"),),
    "invoices": (("account_id", "accounts"), ("debt_id", "debts")),
    "offers": (("account_id", "accounts"),),
    "payments": (("account_id", "accounts"),),
    "plans": (("account_id", "accounts"),),
    "promises": (("account_id", "accounts"),),
    "status_events": (("person_id", "persons"), ("account_id", "accounts"), ("debt_id", "debts")),
    "subscriptions": (("account_id", "accounts"),),
    "usage": (("account_id", "accounts"),),
    "attempts": (("person_id", "persons"),),
    "assignments": (("account_id", "accounts"),),
}
"""(column, entity of the ledger that it names), by entity. An application may name an invoice that is not known yet."""

SPANS: dict[str, tuple[tuple[str, str], ...]] = {
    "account_parties": (("from_on", "to_on"),),
    "accounts": (("opened_on", "closed_on"),),
    "assignments": (("from_on", "to_on"),),
    "contact_points": (("valid_from", "valid_to"),),
    "contract_prices": (("from_on", "to_on"),),
    "disputes": (("opened_at", "closed_at"),),
    "invoice_lines": (("service_from", "service_to"),),
    "invoices": (("issued_on", "due_on"),),
    "payments": (("attempted_at", "settled_at"),),
    "shifts": (("starts_at", "ends_at"),),
    "subscriptions": (("started_on", "cancelled_on"),),
    "usage": (("service_from", "service_to"),),
}
"""(begin, end) of what lasts, by entity: the end may be missing, and is not before the begin."""

CRITICAL_SPANS = {("payments", "settled_at")}


def suite_name(feed: Feed, entity: Entity) -> str:
    """Name of the suite of `entity` as delivered by `feed`: raw_ledger_invoices."""
    return f"{raw_schema(feed)}_{entity.name}"


def parameter(entity: Entity) -> str:
    """Suite parameter that holds how many rows the manifest says were loaded."""
    return f"{entity.name}_loaded_rows"


def entity_suite(feed: Feed, entity: Entity, extra: Expectations) -> gx.ExpectationSuite:
    """The promises of one entity: counted, complete, in range, referring to what is known; and `extra` ones."""
    return gx.ExpectationSuite(
        name=suite_name(feed, entity),
        expectations=[
            gxe.ExpectTableRowCountToEqual(
                value={"$PARAMETER": parameter(entity)},
                severity="critical",
                notes="As many as the manifest counts, also zero: fewer is a truncated load, more a second one.",
            ),
            feeds.ExpectOneVersionOfAKeyAtATime.about(),
            *_columns(entity),
            *_times(entity),
            *_references(entity),
            *_texts(entity),
            *extra,
        ],
    )


def _columns(entity: Entity) -> Expectations:
    found: Expectations = []
    for column in entity.public_columns:
        if column.required:
            found.append(
                gxe.ExpectColumnValuesToNotBeNull(
                    column=column.name, severity="critical",
                    notes="Required by the canonical contract: landing rejects rows without it.",
                )
            )  # fmt: skip
        if column.choices:
            found.append(
                gxe.ExpectColumnValuesToBeInSet(
                    column=column.name, value_set=list(column.choices), severity="critical",
                    notes="A code outside the canonical set has no meaning downstream: map it in a seed.",
                )
            )  # fmt: skip
        if column.minimum is not None:
            found.append(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column.name, min_value=column.minimum, max_value=1 if column.name == "score" else None,
                    severity="critical",
                    notes="Quantities and amounts carry their sign in the kind of row: below is a wrong sign.",
                )
            )  # fmt: skip
        if column.name.endswith("currency"):
            found.append(
                gxe.ExpectColumnValuesToMatchRegex(
                    column=column.name, regex="^[A-Z]{3}$", severity="critical",
                    notes="ISO 4217: without the currency's exponent minor units cannot become amounts.",
                )
            )  # fmt: skip
    if len(entity.key) == 1 and entity.column(entity.key[0]).type == "text":
        found.append(
            gxe.ExpectColumnPairValuesToBeEqual(
                column_A="_key", column_B=entity.key[0], severity="critical",
                notes="A row that contradicts its own key would overwrite another one.",
            )
        )  # fmt: skip
    return found


def _times(entity: Entity) -> Expectations:
    found: Expectations = [
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="_recorded_at", column_B="_known_at", or_equal=True, severity="critical",
            notes="Nothing is known before it is learned: a later knowledge time would hide the row from its own day.",
        )
    ]  # fmt: skip
    for begin, end in SPANS.get(entity.name, ()):
        critical = (entity.name, end) in CRITICAL_SPANS
        found.append(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=end, column_B=begin, or_equal=True, ignore_row_if="either_value_is_missing",
                severity="critical" if critical else "warning",
                notes=f"{end} before {begin}: the two were swapped, or one has the wrong time zone."
                + (" Cash would be booked on a day before anybody paid." if critical else ""),
            )
        )  # fmt: skip
    return found


def _references(entity: Entity) -> Expectations:
    return [
        feeds.ExpectReferenceToBeKnown.about(column=column, parent=sql.Identifier("raw_ledger", parent))
        for column, parent in REFERENCES.get(entity.name, ())
    ]


def _texts(entity: Entity) -> Expectations:
    return [feeds.ExpectNoPersonalDataInText.about(column=column) for column in FREE_TEXT.get(entity.name, ())]
