"""What an audit leaves behind: findings in the warehouse and pages on disk; keys and counts, nothing of the rows."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from recoup import warehouse as recoup_warehouse
from recoup.errors import RecoupError
from recoup.warehouse.passwords import password_of
from recoup_audit import stages
from recoup_audit.context import data_docs_dir

MARKER = "zq9marker"


def _files(artifacts: Path) -> dict[Path, str]:
    found = {
        path: path.read_text(encoding="utf-8", errors="replace") for path in artifacts.rglob("*") if path.is_file()
    }
    assert any(path.suffix == ".html" for path in found)
    assert any(path.suffix == ".json" for path in found)
    return found


@pytest.fixture
def spoiled(good_day, caplog: pytest.LogCaptureFixture):
    """A day on which rows with a marker in them break every kind of expectation; and what was said about it."""
    good_day.spoil(
        f"update raw_ledger.invoices set status = '{MARKER}', currency = '{MARKER}' where invoice_id = 'I4'",
        f"update raw_ledger.adjustments set reason = '{MARKER}@example.org' where adjustment_id = 'J1'",
        f"update raw_ledger.accounts set product = null, close_reason = '{MARKER}', closed_on = '1999-01-01'"
        " where account_id = 'A1'",
        "insert into raw_ledger.offers (offer_id, account_id, kind, made_at, _key)"
        f" values ('O2', 'A1', '{MARKER}', now(), 'O1')",
        "alter table raw_ledger.fx_rates rename column rate to price",
    )
    try:
        with caplog.at_level(logging.DEBUG), pytest.raises(RecoupError) as raised:
            stages.audit_billing_ledger(good_day.day, good_day.settings)
    finally:
        good_day.spoil("alter table raw_ledger.fx_rates rename column price to rate")
    return good_day, f"{raised.value} {caplog.text}"


def test_no_value_of_a_row_is_kept_or_said(spoiled) -> None:
    good_day, said = spoiled
    failed = {expectation for expectation, _, _ in good_day.failures("raw_ledger")}
    assert failed >= {
        "expect_column_values_to_be_in_set", "expect_column_values_to_match_regex",
        "expect_column_values_to_not_be_null",
        "expect_column_pair_values_a_to_be_greater_than_b", "expect_column_pair_values_to_be_equal",
        "expect_table_row_count_to_equal", "expect_no_personal_data_in_text",
    }  # fmt: skip
    holding = [path for path, text in _files(good_day.settings.artifacts).items() if MARKER in text]
    assert holding == []
    assert MARKER not in said
    assert good_day.query(f"select * from audit.validation_results as r where r::text like '%{MARKER}%'") == []


def test_the_keys_of_failing_rows_are_on_the_pages(spoiled) -> None:
    good_day, _ = spoiled
    pages = {path: text for path, text in _files(good_day.settings.artifacts).items() if path.suffix == ".html"}
    assert any("I4" in text for path, text in pages.items() if "raw_ledger_invoices" in str(path))
    assert any("J1" in text for path, text in pages.items() if "raw_ledger_adjustments" in str(path))
    assert data_docs_dir(good_day.settings) / "index.html" in pages


def test_the_entrance_names_every_suite_leads_to_its_page_and_needs_no_network(spoiled) -> None:
    good_day, _ = spoiled
    directory = data_docs_dir(good_day.settings)
    entrance = (directory / "index.html").read_text(encoding="utf-8")
    suites = {suite for (suite,) in good_day.query("select distinct suite from audit.validation_results")}
    assert len(suites) > 10
    pages = re.findall(r"href='([^']+)'", entrance)
    assert {page.split("/")[1] for page in pages} == suites
    assert [page for page in pages if not (directory / page).is_file()] == []
    assert "failed, critical" in entrance
    assert "://" not in entrance


def test_no_password_is_kept(spoiled) -> None:
    good_day, said = spoiled
    password = password_of("auditor", good_day.settings)
    assert [path for path, text in _files(good_day.settings.artifacts).items() if password in text] == []
    assert password not in said


def test_the_message_names_three_failures_the_count_and_the_reason(good_day) -> None:
    good_day.spoil("update raw_ledger.applications set amount_cents = 999999 where application_id in ('X4', 'X5')")
    with pytest.raises(RecoupError) as raised:
        good_day.audit("raw_ledger", ["raw_ledger.applications"])
    message = str(raised.value)
    assert message.startswith("The audit of the billing ledger for 2026-03-31 failed, so nothing new is published: ")
    assert "raw_ledger_applications: expect_applications_not_to_exceed_payment fails for 2 rows" in message
    assert "Money that was never received" in message
    assert str(data_docs_dir(good_day.settings) / "index.html") in message
    assert "\n" not in message


def test_an_audit_replaces_the_one_before_it(good_day) -> None:
    good_day.spoil("update raw_contact.sentiment set score = 40")
    with pytest.raises(RecoupError):
        stages.audit_contact_center(good_day.day, good_day.settings)
    first = good_day.query("select count(*) from audit.validation_results where layer = 'raw_contact'")
    good_day.spoil("update raw_contact.sentiment set score = 0.4")
    stages.audit_contact_center(good_day.day, good_day.settings)
    assert good_day.failures("raw_contact") == set()
    assert good_day.query("select count(*) from audit.validation_results where layer = 'raw_contact'") == first
    assert good_day.query(
        "select is_passed, failed_critical from audit.validation_runs where layer = 'raw_contact'"
    ) == [(True, 0)]


def test_every_expectation_says_why_it_matters(good_day) -> None:
    for stage in (stages.audit_billing_ledger, stages.audit_contact_center, stages.audit_lists):
        stage(good_day.day, good_day.settings)
    kept = good_day.query("select layer, expectation, notes, severity from audit.validation_results")
    assert len({layer for layer, *_ in kept}) == 3
    assert [row for row in kept if len(str(row[2])) < 25] == []
    assert {severity for *_, severity in kept} == {"critical", "warning"}


def test_the_audit_of_the_lists_keeps_the_fingerprint_that_publishing_asks_for(good_day) -> None:
    from recoup.publishing import proposals_fingerprint

    stages.audit_lists(good_day.day, good_day.settings)
    kept = good_day.query("select content_sha256 from audit.validation_runs where layer = 'proposed_lists'")
    assert kept == [(proposals_fingerprint(good_day.day, good_day.settings, "publisher"),)]


def test_an_audited_list_is_published_and_a_spoiled_one_leaves_it(good_day) -> None:
    from recoup.publishing import publish_lists

    stages.audit_lists(good_day.day, good_day.settings)
    assert publish_lists(good_day.day, good_day.settings)["published"] == 3
    good_day.spoil("update scores.proposed_contact_priority set attempts_remaining = 0 where account_id = 'A5'")
    with pytest.raises(RecoupError, match="expect_column_values_to_be_between"):
        stages.audit_lists(good_day.day, good_day.settings)
    with pytest.raises(RecoupError, match="failed their audit"):
        publish_lists(replace(good_day.day, is_restatement=True), good_day.settings)
    with recoup_warehouse.connect("dialer", good_day.settings) as dialer:
        left = dialer.execute("select count(*), max(list_version) from lists.current_contact_priority").fetchone()
    assert left == (3, 1)


def test_a_company_without_a_contact_center_passes(good_day) -> None:
    good_day.spoil(
        *(
            f"delete from raw_contact.{table}"
            for table in (
                "attempts", "consents", "promises", "agents", "shifts", "assignments", "sentiment", "status_events",
                "contact_points", "manifest",
            )
        ),
        "update raw_contact.batches set is_absent = true",
    )  # fmt: skip
    counts = stages.audit_contact_center(good_day.day, good_day.settings)
    assert counts["failed_warning"] == 0
