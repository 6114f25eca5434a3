"""What a source may send that it must not, each corruption caught by the expectation that names it, and by no other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from recoup.errors import RecoupError
from recoup_audit import stages


@dataclass(frozen=True)
class Corruption:
    """Something wrong with the data.

    Attributes:
        statements: How it came to be.
        count: Rows that the expectation has to name; None where it names no rows.
    """

    name: str
    layer: str
    statements: tuple[str, ...]
    expectation: str
    column: str = ""
    severity: str = "critical"
    count: int | None = 1

    @property
    def tables(self) -> set[str]:
        """Tables that it touches."""
        return set(re.findall(r"raw_\w+\.\w+", " ".join(self.statements)))


def _loaded(entity: str, schema: str = "raw_ledger", more: int = 1) -> str:
    """The manifest agrees with what was done to the rows."""
    return (
        f"update {schema}.manifest set read_rows = read_rows + {more}, loaded_rows = loaded_rows + {more}"
        f" where entity = '{entity}' and batch_id = 2"
    )


LEDGER = [
    Corruption(
        "a truncated load", "raw_ledger", ("delete from raw_ledger.fx_rates",),
        "expect_table_row_count_to_equal", count=None,
    ),
    Corruption(
        "a load that ran twice", "raw_ledger",
        ("insert into raw_ledger.costs select * from raw_ledger.costs",
         "update raw_ledger.costs set _known_at = _known_at - interval '1 minute'"
         " where ctid = (select min(ctid) from raw_ledger.costs)"),
        "expect_table_row_count_to_equal", count=None,
    ),
    Corruption(
        "the same version of a key twice", "raw_ledger",
        ("insert into raw_ledger.usage select * from raw_ledger.usage", _loaded("usage")),
        "expect_one_version_of_a_key_at_a_time",
    ),
    Corruption(
        "an account without a product", "raw_ledger",
        ("update raw_ledger.accounts set product = null where account_id = 'A1'",),
        "expect_column_values_to_not_be_null", "product",
    ),
    Corruption(
        "a status code that nobody mapped", "raw_ledger",
        ("update raw_ledger.payments set status = 'SETL' where payment_id = 'Y2'",),
        "expect_column_values_to_be_in_set", "status",
    ),
    Corruption(
        "a negative quantity", "raw_ledger", ("update raw_ledger.usage set quantity = -12.5",),
        "expect_column_values_to_be_between", "quantity",
    ),
    Corruption(
        "an adjustment with its own sign", "raw_ledger",
        ("update raw_ledger.adjustments set amount_cents = -500 where adjustment_id = 'J1'",),
        "expect_column_values_to_be_between", "amount_cents",
    ),
    Corruption(
        "a currency sign for a currency", "raw_ledger",
        ("update raw_ledger.adjustments set currency = '$' where adjustment_id = 'J1'",),
        "expect_column_values_to_match_regex", "currency",
    ),
    Corruption(
        "a row that contradicts its own key", "raw_ledger",
        ("update raw_ledger.offers set _key = 'O2'",),
        "expect_column_pair_values_to_be_equal", "_key, offer_id",
    ),
    Corruption(
        "a row known after it was recorded", "raw_ledger",
        ("update raw_ledger.plans set _known_at = _recorded_at + interval '1 day'",),
        "expect_column_pair_values_a_to_be_greater_than_b", "_recorded_at, _known_at",
    ),
    Corruption(
        "a payment settled before it was attempted", "raw_ledger",
        ("update raw_ledger.payments set settled_at = attempted_at - interval '3 hours' where payment_id = 'Y2'",),
        "expect_column_pair_values_a_to_be_greater_than_b", "settled_at, attempted_at",
    ),
    Corruption(
        "an invoice due before it was issued", "raw_ledger",
        ("update raw_ledger.invoices set due_on = issued_on - 30 where invoice_id = 'I1'",),
        "expect_column_pair_values_a_to_be_greater_than_b", "due_on, issued_on", "warning",
    ),
    Corruption(
        "a receipt from the future", "raw_ledger",
        ("update raw_ledger.payments set settled_at = _recorded_at + interval '5 days' where payment_id = 'Y2'",),
        "expect_no_receipt_from_the_future",
    ),
    Corruption(
        "more applied than was paid, over two batches", "raw_ledger",
        ("update raw_ledger.applications set amount_cents = 4001 where application_id = 'X4'",),
        "expect_applications_not_to_exceed_payment",
    ),
    Corruption(
        "a payment that shrank below what was applied of it", "raw_ledger",
        ("delete from raw_ledger.applications where payment_id = 'Y8' and _batch_id = 2",
         "update raw_ledger.applications set amount_cents = 7001 where application_id = 'X1'",
         _loaded("applications", more=-3)),
        "expect_applications_not_to_exceed_payment",
    ),
    Corruption(
        "dollars applied to yen", "raw_ledger",
        ("update raw_ledger.applications set invoice_id = 'I7' where application_id = 'X6'",),
        "expect_application_in_the_invoices_currency",
    ),
    Corruption(
        "an application of nothing", "raw_ledger",
        ("update raw_ledger.applications set payment_id = null where application_id = 'X6'",),
        "expect_one_source_of_an_application",
    ),
    Corruption(
        "a reversal of something unknown", "raw_ledger",
        ("update raw_ledger.applications set reverses = 'X99' where application_id = 'X3'",),
        "expect_reversal_to_match_its_application", severity="warning",
    ),
    Corruption(
        "a subtotal row counted as a line", "raw_ledger",
        ("insert into raw_ledger.invoice_lines (line_id, invoice_id, item, quantity, unit_price_cents, amount_cents,"
         " _key) values ('L99', 'I1', 'subtotal', 1, 10000, 10000, 'L99')", _loaded("invoice_lines")),
        "expect_invoice_total_to_be_the_sum_of_its_lines", severity="warning",
    ),
    Corruption(
        "an invoice whose total changed and its lines did not", "raw_ledger",
        ("update raw_ledger.invoices set total_cents = 9999 where invoice_id = 'I2'",),
        "expect_invoice_total_to_be_the_sum_of_its_lines", severity="warning",
    ),
    Corruption(
        "one payment under two ids", "raw_ledger",
        ("insert into raw_ledger.payments (payment_id, account_id, currency, amount_cents, method, status,"
         " attempted_at, settled_at, _key) select 'Y99', account_id, currency, amount_cents, method, status,"
         " attempted_at, settled_at, 'Y99' from raw_ledger.payments where payment_id = 'Y2'", _loaded("payments")),
        "expect_payment_not_to_be_sent_twice", severity="warning",
    ),
    Corruption(
        "a settled payment without a date", "raw_ledger",
        ("update raw_ledger.payments set settled_at = null where payment_id = 'Y2'",),
        "expect_settled_payment_to_have_a_date", severity="warning",
    ),
    Corruption(
        "a dispute of nothing", "raw_ledger",
        ("update raw_ledger.disputes set payment_id = null where dispute_id = 'B2'",),
        "expect_dispute_to_name_what_is_disputed",
    ),
    Corruption(
        "a charge-back larger than its payment", "raw_ledger",
        ("update raw_ledger.disputes set amount_cents = 700000 where dispute_id = 'B2'",),
        "expect_disputed_amount_within_the_payment", severity="warning",
    ),
    Corruption(
        "an account of nobody", "raw_ledger",
        ("update raw_ledger.account_parties set role = 'third_party' where account_id = 'A6'",),
        "expect_account_to_have_an_obligor", severity="warning",
    ),
    Corruption(
        "an invoice of an unknown account", "raw_ledger",
        ("update raw_ledger.invoices set account_id = 'A99' where invoice_id = 'I4'",),
        "expect_reference_to_be_known", "account_id", "warning",
    ),
    Corruption(
        "a telephone number in a note", "raw_ledger",
        ("update raw_ledger.adjustments set reason = 'call back at (212) 555-0147 please' where adjustment_id = 'J1'",),
        "expect_no_personal_data_in_text", "reason", "warning",
    ),
    Corruption(
        "an e-mail address in a note", "raw_ledger",
        ("update raw_ledger.costs set detail = 'invoice sent to jane.roe@example.org'",),
        "expect_no_personal_data_in_text", "detail", "warning",
    ),
    Corruption(
        "a pull that was cut short", "raw_ledger",
        ("update raw_ledger.batches set finished_at = null where batch_id = 2",),
        "expect_batches_to_be_finished",
    ),
    Corruption(
        "a manifest that does not add up", "raw_ledger",
        ("update raw_ledger.manifest set read_rows = read_rows + 1 where entity = 'terms' and batch_id = 2",),
        "expect_manifest_to_tie",
    ),
    Corruption(
        "a rejected row without its reason", "raw_ledger",
        ("update raw_ledger.manifest set read_rows = 102, rejected_rows = 2, held_rows = 93"
         " where entity = 'persons' and batch_id = 2",
         "insert into raw_ledger.rejected values (2, 'persons', 7, 'row 7', 'P9', 'kind', 'empty', '{}')"),
        "expect_rejected_rows_to_be_on_record",
    ),
    Corruption(
        "a tenth of the rows rejected", "raw_ledger",
        ("update raw_ledger.manifest set read_rows = 200, rejected_rows = 20, held_rows = 173"
         " where entity = 'persons' and batch_id = 2",
         "insert into raw_ledger.rejected select 2, 'persons', i, 'row ' || i, 'P9', 'kind', 'empty', '{}'"
         " from generate_series(1, 20) as i"),
        "expect_few_rejected_rows",
    ),
    Corruption(
        "a source whose clock was set back", "raw_ledger",
        ("update raw_ledger.manifest set cursor_from = '2026-03-31', cursor_to = '2026-03-30' where entity = 'terms'"
         " and batch_id = 2",),
        "expect_cursor_not_to_go_back",
    ),
    Corruption(
        "a feed that fell silent", "raw_ledger",
        ("insert into raw_ledger.batches (batch_id, feed, as_of_date, recorded_at, is_first, finished_at)"
         " overriding system value select 100 + i, 'ledger', date '2026-03-31' - i,"
         " timestamptz '2026-04-01 10:00+00' - i * interval '1 day', false, now() from generate_series(1, 7) as i",
         "insert into raw_ledger.manifest (batch_id, entity, read_rows, loaded_rows, held_rows, rejected_rows)"
         " select batch_id, 'usage', 5, 5, 0, 0 from raw_ledger.batches where batch_id > 100",
         "delete from raw_ledger.usage", _loaded("usage", more=-1)),
        "expect_feed_not_to_fall_silent", severity="warning",
    ),
]  # fmt: skip

CONTACT = [
    Corruption(
        "no pull for the day", "raw_contact",
        ("update raw_contact.batches set as_of_date = '2026-03-29' where batch_id = 2",),
        "expect_table_row_count_to_be_between", count=None,
    ),
    Corruption(
        "a do-not-contact of nobody", "raw_contact",
        ("update raw_contact.status_events set person_id = null where person_id = 'P4'",),
        "expect_status_to_name_somebody",
    ),
    Corruption(
        "a do-not-contact that ended before it began", "raw_contact",
        ("update raw_contact.status_events set to_at = from_at - interval '1 day' where person_id = 'P4'",),
        "expect_status_to_end_after_it_began",
    ),
    Corruption(
        "a status code that nobody mapped", "raw_contact",
        ("update raw_contact.status_events set status = 'DNC' where person_id = 'P4'",),
        "expect_column_values_to_be_in_set", "status",
    ),
    Corruption(
        "a refusal of nobody", "raw_contact",
        ("update raw_contact.consents set person_id = null, contact_point_id = null",),
        "expect_consent_to_name_somebody",
    ),
    Corruption(
        "a log in local time read as UTC", "raw_contact",
        ("update raw_contact.attempts set started_at = _recorded_at + interval '4 hours' where attempt_id = 'T2'",),
        "expect_no_attempt_from_the_future",
    ),
    Corruption(
        "a conversation on a call that did not connect", "raw_contact",
        ("update raw_contact.attempts set conversation = true where attempt_id = 'T2'",),
        "expect_conversation_to_be_connected", severity="warning",
    ),
    Corruption(
        "a call to a number that nobody listed", "raw_contact",
        ("update raw_contact.attempts set contact_point_id = 'C99' where attempt_id = 'T2'",),
        "expect_contact_point_to_be_known", severity="warning",
    ),
    Corruption(
        "a call booked to another person", "raw_contact",
        ("update raw_contact.attempts set person_id = 'P3' where attempt_id = 'T2'",),
        "expect_attempt_at_the_persons_own_point", severity="warning",
    ),
    Corruption(
        "a promise broken at birth", "raw_contact",
        ("update raw_contact.promises set due_on = '2026-03-01'",),
        "expect_promise_not_to_be_due_before_it_is_made", severity="warning",
    ),
    Corruption(
        "a sentiment in percent", "raw_contact", ("update raw_contact.sentiment set score = 40",),
        "expect_column_values_to_be_between", "score",
    ),
    Corruption(
        "a status of somebody unknown", "raw_contact",
        ("update raw_contact.status_events set person_id = 'crm-4711' where person_id = 'P4'",),
        "expect_reference_to_be_known", "person_id", "warning",
    ),
]  # fmt: skip


@pytest.mark.parametrize("corruption", LEDGER + CONTACT, ids=lambda corruption: corruption.name)
def test_a_corruption_is_caught_by_the_expectation_that_names_it(good_day, corruption: Corruption) -> None:
    good_day.spoil(*corruption.statements)
    message = None
    try:
        counts = good_day.audit(corruption.layer, corruption.tables)
    except RecoupError as error:
        message = str(error)
    found = good_day.failures(corruption.layer)
    expected = (corruption.expectation, corruption.column, corruption.severity)
    # A row of the manifest that says "rejected" is worth a warning of its own.
    assert found - {("expect_no_rejected_rows", "", "warning")} == {expected}
    if corruption.severity == "critical":
        assert message is not None
        assert corruption.expectation in message
        assert corruption.count is None or f"fails for {corruption.count} row" in message
    else:
        assert message is None
        assert counts["failed_warning"] == 1
        assert counts["failed_critical"] == 0


def test_a_rejected_row_is_a_warning(good_day) -> None:
    good_day.spoil(
        "update raw_ledger.manifest set read_rows = 8, rejected_rows = 1 where entity = 'persons' and batch_id = 2",
        "insert into raw_ledger.rejected values (2, 'persons', 7, 'row 7', 'P9', 'kind', 'empty', '{}')",
    )
    counts = stages.audit_billing_ledger(good_day.day, good_day.settings)
    assert good_day.failures("raw_ledger") == {("expect_no_rejected_rows", "", "warning")}
    assert counts["failed_warning"] == 1


def test_a_day_without_changes_passes_and_says_that_it_counted_none(good_day) -> None:
    good_day.spoil(
        "delete from raw_contact.attempts",
        "update raw_contact.manifest set read_rows = 0, loaded_rows = 0 where entity = 'attempts'",
    )
    stages.audit_contact_center(good_day.day, good_day.settings)
    assert good_day.failures("raw_contact") == set()
    counted = good_day.query(
        "select success from audit.validation_results where suite = 'raw_contact_attempts'"
        " and expectation = 'expect_table_row_count_to_equal'"
    )
    assert counted == [(True,)]


def test_a_missing_column_is_critical_and_named(good_day) -> None:
    good_day.spoil("alter table raw_ledger.fx_rates rename column rate to price")
    try:
        with pytest.raises(RecoupError, match="could not be evaluated: the column rate is missing"):
            stages.audit_billing_ledger(good_day.day, good_day.settings)
    finally:
        good_day.spoil("alter table raw_ledger.fx_rates rename column price to rate")
    failed = good_day.failures("raw_ledger")
    assert ("expect_column_values_to_not_be_null", "rate", "critical") in failed
    assert {column for _, column, _ in failed} == {"rate"}


def test_only_the_days_batches_are_audited(good_day) -> None:
    good_day.spoil("update raw_ledger.applications set applied_on = null, invoice_id = null where _batch_id = 1")
    stages.audit_billing_ledger(good_day.day, good_day.settings)
    assert good_day.failures("raw_ledger") == set()
