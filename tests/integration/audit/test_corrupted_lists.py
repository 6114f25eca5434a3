"""What must never be published, each corruption caught by the expectation that names it, and by no other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from recoup.errors import RecoupError
from recoup_audit import stages

PRIORITY = "scores.proposed_contact_priority"
BEST = "scores.proposed_best_time_to_contact"
EXCLUDED = "scores.proposed_excluded"
STATUS = "insert into raw_contact.status_events (person_id, account_id, debt_id, status, from_at, to_at, _key) values "


@dataclass(frozen=True)
class Corruption:
    """Something wrong with the marts or the proposals.

    Attributes:
        statements: How it came to be.
        count: Rows that the expectation has to name.
    """

    name: str
    statements: tuple[str, ...]
    expectation: str
    column: str = ""
    count: int = 1
    severity: str = "critical"

    @property
    def tables(self) -> set[str]:
        """Tables that it touches."""
        return set(re.findall(r"(?:raw_\w+|marts|policy|scores)\.\w+", " ".join(self.statements)))


def _protected(name: str, values: str) -> Corruption:
    return Corruption(name, (STATUS + values,), "expect_nobody_under_protection")


LISTED = [
    Corruption(
        "somebody listed and excluded",
        (f"insert into {EXCLUDED} (list_date, account_id, reason, person_id, rule_id, citation)"
         " values ('2026-04-01', 'A1', 'CAPACITY', 'P1', 'CAPACITY', 'company.yml')",),
        "expect_listed_not_to_be_excluded",
    ),
    Corruption(
        "somebody in neither list", (f"delete from {EXCLUDED} where account_id = 'A7'",),
        "expect_listed_and_excluded_to_be_the_population",
    ),
    Corruption("a gap in seq", (f"update {PRIORITY} set seq = 4 where seq = 3",), "expect_seq_without_gaps"),
    Corruption(
        "an order that is not that of the score",
        (f"update {PRIORITY} set priority_score = 6 where account_id = 'A2'",),
        "expect_seq_to_follow_the_score", count=3,
    ),
    Corruption(
        "a balance that is a cent off", (f"update {PRIORITY} set balance_amount = 150.01 where account_id = 'A1'",),
        "expect_balance_to_tie_to_the_aging",
    ),
    Corruption(
        "a bucket of yesterday", (f"update {PRIORITY} set aging_bucket = '31-60' where account_id = 'A1'",),
        "expect_balance_to_tie_to_the_aging",
    ),
    Corruption(
        "a priority for who pays anyway",
        (f"update {PRIORITY} set priority_score = p_pay_if_not * past_due_amount where account_id = 'A1'",),
        "expect_value_to_be_what_the_contact_adds",
    ),
    Corruption(
        "a treated account that a contact puts off",
        (f"update {PRIORITY} set p_pay_if_contacted = 0.1 where account_id = 'A1'",),
        "expect_value_to_be_what_the_contact_adds",
    ),
    Corruption(
        "a listed control", ("update policy.experiment_arms set arm = 'control' where account_id = 'A1'",),
        "expect_no_control_arm",
    ),
    Corruption(
        "an arm that was not drawn", (f"update {PRIORITY} set arm = 'explore' where account_id = 'A1'",),
        "expect_no_control_arm",
    ),
    Corruption(
        "a probability above one", (f"update {PRIORITY} set p_pay_if_not = 1.2 where account_id = 'A2'",),
        "expect_column_values_to_be_between", "p_pay_if_not",
    ),
    Corruption(
        "no attempts left", (f"update {PRIORITY} set attempts_remaining = 0 where account_id = 'A5'",),
        "expect_column_values_to_be_between", "attempts_remaining",
    ),
    Corruption(
        "rules of another day", (f"update {PRIORITY} set rule_version = 'rules-0' where account_id = 'A5'",),
        "expect_rule_version_in_force",
    ),
    Corruption(
        "a row of another day",
        (f"update {PRIORITY} set as_of_date = '2026-03-30' where account_id = 'A5'",
         "insert into marts.ar_aging_by_account select '2026-03-30', account_id, currency, balance_amount,"
         " past_due_amount, days_past_due, aging_bucket from marts.ar_aging_by_account where account_id = 'A5'"),
        "expect_dates_of_the_day",
    ),
    Corruption(
        "a person planned twice in one hour",
        (f"update {PRIORITY} set person_id = 'P5', contact_point_id = 'C5', assigned_slot_start_utc ="
         " '2026-04-01 14:00+00', assigned_slot_end_utc = '2026-04-01 15:00+00' where account_id = 'A1'",
         "update policy.eligible_contacts set person_id = 'P5', contact_point_id = 'C5' where account_id = 'A1'",
         f"delete from {BEST} where account_id = 'A1'"),
        "expect_person_on_one_row_a_slot", count=2,
    ),
]  # fmt: skip

WINDOWS = [
    Corruption(
        "a slot outside the windows",
        (f"update {PRIORITY} set assigned_slot_start_utc = '2026-04-01 16:00+00', assigned_slot_end_utc ="
         " '2026-04-01 17:00+00' where account_id = 'A5'",),
        "expect_slot_inside_allowed_windows",
    ),
    Corruption(
        "a window from seven in the morning",
        (f"update {PRIORITY} set allowed_windows_utc = '{{[2026-04-01 11:00+00, 2026-04-02 01:00+00)}}'"
         " where account_id = 'A1'",
         "update policy.eligible_contacts set allowed_windows_utc = '{[2026-04-01 11:00+00, 2026-04-02 01:00+00)}'"
         " where account_id = 'A1'"),
        "expect_windows_from_eight_to_nine_everywhere",
    ),
    Corruption(
        "windows of the winter's offset after the clocks changed",
        (f"update {PRIORITY} set allowed_windows_utc = '{{[2026-04-01 13:00+00, 2026-04-02 02:00+00)}}',"
         " valid_until_utc = '2026-04-02 02:00+00' where account_id = 'A1'",
         "update policy.eligible_contacts set allowed_windows_utc = '{[2026-04-01 13:00+00, 2026-04-02 02:00+00)}'"
         " where account_id = 'A1'"),
        "expect_windows_from_eight_to_nine_everywhere",
    ),
    Corruption(
        "a call window from the area code alone",
        (f"update {PRIORITY} set time_zone_set = array['America/Los_Angeles'] where account_id = 'A2'",),
        "expect_every_plausible_zone",
    ),
    Corruption(
        "no zone at all", (f"update {PRIORITY} set time_zone_set = array[]::text[] where account_id = 'A1'",
                           "delete from policy.time_zones where person_id = 'P1'"),
        "expect_windows_from_eight_to_nine_everywhere",
    ),
    Corruption(
        "valid until after the last window",
        (f"update {PRIORITY} set valid_until_utc = '2026-04-03' where account_id = 'A1'",),
        "expect_valid_until_the_last_window",
    ),
    Corruption(
        "a contact point that the policy does not allow",
        (f"update {PRIORITY} set contact_point_id = 'C22' where account_id = 'A2'",),
        "expect_contact_to_be_eligible",
    ),
    Corruption(
        "more attempts than the cap leaves", (f"update {PRIORITY} set attempts_remaining = 2 where account_id = 'A5'",),
        "expect_contact_to_be_eligible",
    ),
    Corruption(
        "a best time at lunch, which is forbidden",
        (f"update {BEST} set account_id = 'A5', contact_point_id = 'C5', window_start_utc = '2026-04-01 16:00+00',"
         " window_end_utc = '2026-04-01 17:00+00', time_zone = 'America/New_York', window_start_local = '12:00',"
         " window_end_local = '13:00' where account_id = 'A2'",),
        "expect_best_window_to_be_allowed",
    ),
    Corruption(
        "a local hour that is not the zone's",
        (f"update {BEST} set window_start_local = '16:00', window_end_local = '17:00' where account_id = 'A2'",),
        "expect_local_times_to_be_the_zones",
    ),
    Corruption(
        "the better hour ranked second", (f"update {BEST} set p_right_party = 0.9 where rank = 2",),
        "expect_ranks_from_one",
    ),
    Corruption(
        "a rank that stands twice", (f"insert into {BEST} select * from {BEST} where account_id = 'A2'",),
        "expect_compound_columns_to_be_unique", count=2,
    ),
]  # fmt: skip

PROTECTED = [
    _protected("a do-not-contact", "('P1', null, null, 'do_not_contact', '2026-03-30 12:00+00', null, 'k1')"),
    _protected("a do-not-contact that ends in the list date's afternoon",
               "('P1', null, null, 'do_not_contact', '2026-01-30', '2026-04-01 18:00+00', 'k1')"),
    _protected("a cease of the account", "(null, 'A1', null, 'cease', '2025-03-30', null, 'k1')"),
    _protected("an attorney for the debt", "('P1', null, 'D1', 'attorney', '2026-03-30', null, 'k1')"),
    _protected("a bankruptcy petition", "('P1', null, null, 'bankruptcy_petition', '2026-02-01', null, 'k1')"),
    _protected("a dispute of the debt", "(null, null, 'D1', 'dispute', '2026-03-30', null, 'k1')"),
    _protected("a death", "('P1', null, null, 'deceased', '2026-03-30', null, 'k1')"),
    Corruption(
        "a petition filed again after the dismissal",
        (STATUS + "('P5', null, null, 'bankruptcy_dismissed', '2026-01-01', null, 'k0'),"
         " ('P5', null, null, 'bankruptcy_petition', '2026-02-01', null, 'k1')",),
        "expect_nobody_under_protection",
    ),
    Corruption(
        "a do-not-contact whose end was taken back",
        ("insert into raw_contact.status_events (person_id, status, from_at, to_at, _key, _known_at) select person_id,"
         " status, from_at, null, _key, _known_at - interval '1 hour' from raw_contact.status_events"
         " where person_id = 'P1'",
         "update raw_contact.status_events set to_at = null where person_id = 'P1' and to_at is not null"),
        "expect_nobody_under_protection",
    ),
]  # fmt: skip

LEFT_OUT = [
    Corruption(
        "a reason without a citation", (f"update {EXCLUDED} set citation = '' where reason = 'CAPACITY'",),
        "expect_column_value_lengths_to_be_between", "citation",
    ),
    Corruption(
        "a reason that stands twice",
        (f"insert into {EXCLUDED} select * from {EXCLUDED} where account_id = 'A7'",),
        "expect_compound_columns_to_be_unique", count=2,
    ),
    Corruption(
        "a control that was not drawn", ("update policy.experiment_arms set arm = 'treated' where account_id = 'A3'",),
        "expect_control_to_be_excluded_as_control",
    ),
    Corruption(
        "a block that ends before it begins",
        (f"update {EXCLUDED} set blocked_until_utc = '2025-01-01' where reason = 'DO_NOT_CONTACT'",),
        "expect_block_to_end_after_it_begins", severity="warning",
    ),
]  # fmt: skip

INVOICES = "marts.ar_aging_by_invoice"
AGING = [
    Corruption(
        "buckets that do not sum to the balance",
        ("update marts.ar_aging_summary set open_amount = open_amount + 0.01"
         " where currency = 'USD' and aging_bucket = '121+'",),
        "expect_buckets_to_add_up_to_the_balance",
    ),
    Corruption(
        "an account that misses an invoice",
        ("update marts.ar_aging_by_account set balance_amount = 1 where account_id = 'A6'",),
        "expect_accounts_to_add_up_to_invoices",
    ),
    Corruption(
        "an aging that does not meet the control total",
        ("update marts.ar_control_total set closing_amount = closing_amount + 1 where currency = 'JPY'",),
        "expect_aging_to_meet_the_control_total",
    ),
    Corruption(
        "aged from the invoice date",
        (f"update {INVOICES} set due_on = issued_on, days_past_due = as_of_date - issued_on, aging_bucket = '31-60'"
         " where invoice_id = 'I7'",
         "update marts.ar_aging_summary set open_amount = 5000 - open_amount where currency = 'JPY'"),
        "expect_due_date_of_the_invoice",
    ),
    Corruption(
        "days past due to today instead of the as-of date",
        (f"update {INVOICES} set days_past_due = days_past_due + 5 where invoice_id = 'I4'",),
        "expect_days_past_due_from_the_due_date",
    ),
    Corruption(
        "a bucket that its days contradict",
        (f"update {INVOICES} set aging_bucket = '31-60' where invoice_id = 'I1'",
         "update marts.ar_aging_summary set open_amount = open_amount - 100"
         " where currency = 'USD' and aging_bucket = '1-30'",
         "update marts.ar_aging_summary set open_amount = open_amount + 100"
         " where currency = 'USD' and aging_bucket = '31-60'"),
        "expect_bucket_of_the_days_past_due",
    ),
    Corruption(
        "a receipt of April in the aging of March",
        ("insert into raw_ledger.applications (application_id, payment_id, invoice_id, amount_cents, applied_on, _key)"
         " values ('X50', 'Y8', 'I6', 800, '2026-04-01', 'X50')",
         f"update {INVOICES} set open_amount = 100 where invoice_id = 'I6'",
         "update marts.ar_aging_by_account set balance_amount = 100 where account_id = 'A6'",
         "update marts.ar_aging_summary set open_amount = open_amount - 8"
         " where currency = 'USD' and aging_bucket = '1-30'",
         "update marts.ar_control_total set closing_amount = closing_amount - 8 where currency = 'USD'"),
        "expect_open_amount_to_follow_from_the_applications",
    ),
    Corruption(
        "a part payment that was ignored",
        ("insert into raw_ledger.applications (application_id, payment_id, invoice_id, amount_cents, applied_on, _key)"
         " values ('X50', 'Y8', 'I6', 800, '2026-03-30', 'X50')",),
        "expect_open_amount_to_follow_from_the_applications",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "corruption", LISTED + WINDOWS + PROTECTED + LEFT_OUT + AGING, ids=lambda corruption: corruption.name
)
def test_a_corruption_is_caught_by_the_expectation_that_names_it(good_day, corruption: Corruption) -> None:
    good_day.spoil(*corruption.statements)
    message = None
    try:
        counts = good_day.audit("proposed_lists", corruption.tables)
    except RecoupError as error:
        message = str(error)
    assert good_day.failures("proposed_lists") == {(corruption.expectation, corruption.column, corruption.severity)}
    if corruption.severity == "critical":
        assert message is not None
        assert f"{corruption.expectation}" in message
        assert f"fails for {corruption.count} row" in message
    else:
        assert message is None
        assert counts["failed_warning"] == corruption.count


@pytest.mark.parametrize(
    "allowed",
    [
        "('P1', null, null, 'do_not_contact', '2026-04-02 12:00+00', null, 'k1')",
        "('P1', null, null, 'do_not_contact', '2026-01-01', '2026-03-31 12:00+00', 'k1')",
        "('P1', 'A99', null, 'cease', '2026-01-01', null, 'k1')",
        "('P1', null, null, 'bankruptcy_petition', '2025-01-01', null, 'k1'),"
        " ('P1', null, null, 'bankruptcy_discharged', '2025-06-01', null, 'k2')",
        "(null, null, 'D1', 'dispute', '2026-03-01', null, 'k1'),"
        " (null, null, 'D1', 'verification_sent', '2026-03-10', null, 'k2')",
    ],
    ids=["begins tomorrow", "ended yesterday", "of another account", "discharged", "verified"],
)
def test_a_status_that_does_not_bind_today_stops_nothing(good_day, allowed: str) -> None:
    good_day.spoil(STATUS + allowed)
    good_day.audit("proposed_lists", ["scores.proposed_contact_priority"])
    assert good_day.failures("proposed_lists") == set()


def test_a_refusal_that_was_learned_after_the_cut_off_binds_the_next_list(good_day) -> None:
    good_day.spoil(
        "insert into raw_contact.status_events (person_id, status, from_at, _key, _known_at)"
        " values ('P1', 'do_not_contact', '2026-03-30', 'k1', '2026-04-01 09:00:01+00')"
    )
    good_day.audit("proposed_lists", ["scores.proposed_contact_priority"])
    assert good_day.failures("proposed_lists") == set()


def test_an_empty_list_over_an_empty_population_passes(good_day) -> None:
    good_day.spoil(
        *(f"delete from scores.proposed_{name}" for name in ("contact_priority", "best_time_to_contact", "excluded")),
        "delete from policy.population",
    )
    stages.audit_lists(good_day.day, good_day.settings)
    assert good_day.failures("proposed_lists") == set()


def test_an_empty_list_over_somebody_who_owes_fails(good_day) -> None:
    good_day.spoil(
        *(f"delete from scores.proposed_{name}" for name in ("contact_priority", "best_time_to_contact", "excluded"))
    )
    with pytest.raises(RecoupError, match=r"expect_listed_and_excluded_to_be_the_population fails for 7 rows"):
        stages.audit_lists(good_day.day, good_day.settings)
