"""company.yml is read as it is meant, or refused with one sentence that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup.company import load_company
from recoup.company_sources import FileSource, SqlSource
from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR

MINIMAL = """
company: small
time_zone: America/Phoenix
reporting_currency: USD
sources:
  billing_ledger: {kind: sql, database: billing_ledger}
"""
FILES = """
company: small
time_zone: America/Phoenix
reporting_currency: USD
sources:
  billing_ledger:
    kind: files
    entities:
      adjustments:
        - file: a.csv
          columns: {adjustment_id: {from: id}, on: {from: day, date_format: "%m/%d/%Y"}, kind: {constant: credit}}
        - file: b.parquet
          columns: {adjustment_id: {from: [id, line]}, amount_cents: {from: amount, money: USD, negate: true}}
"""


def write(directory: Path, text: str) -> Path:
    path = directory / "company.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_left_out_takes_the_strictest_default(tmp_path: Path):
    company = load_company(write(tmp_path, MINIMAL))
    assert company.collector_role == "third_party"
    assert company.aging_bucket_days == (30, 60, 90, 120)
    assert not company.prior_contacts.is_declared_none
    assert company.sources.contact_center is None
    assert isinstance(company.sources.billing_ledger, SqlSource)


def test_the_demo_company_is_valid():
    assert load_company(PROJECT_DIR / "examples" / "demo" / "company.yml").company == "demo"


def test_a_key_called_on_is_a_column_not_a_truth_value(tmp_path: Path):
    source = load_company(write(tmp_path, FILES)).sources.billing_ledger
    assert isinstance(source, FileSource)
    first, second = source.mappings("adjustments")
    assert first.columns["on"].source == "day"
    assert second.columns["adjustment_id"].source == ("id", "line")
    assert source.mappings("invoices") == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("America/Phoenix", "Amerika/Phönix", "time_zone: 'Amerika/Phönix' is no IANA time zone"),
        ("America/Phoenix", "EST5", "time_zone: 'EST5' is no IANA time zone"),
        ("reporting_currency: USD", "reporting_currency: dollars", "reporting_currency: "),
        ("company: small", "company: small\nagents: 3", "the key agents is unknown"),
        ("company: small", "company: small\ncontact: {agent: 3}", "the key contact.agent is unknown"),
        ("company: small", "company: small\ncontact: {media: [fax]}", "contact.media.0: "),
        ("company: small", "company: small\nexperiment: {control_share: 0.7, explore_share: 0.6}",
         "together exceed 1"),
        ("company: small", "company: small\nprior_contacts: {declared_none_by: Ann}", "needs both declared_none_by"),
        ("company: small", "company: small\naging_bucket_days: [60, 30]", "aging_bucket_days: must name"),
        ("company: small", "company: small\ncompany: twice", "line 3 is not valid YAML: the key 'company' stands"),
        ("company: small", "company: [small", "is not valid YAML"),
        ("time_zone: America/Phoenix\n", "", "the key time_zone is missing"),
        ("kind: sql", "kind: oracle", "sources.billing_ledger: "),
        (", database: billing_ledger", "", "needs exactly one of database, url_env"),
        ("{kind: sql, database: billing_ledger}", "{kind: files, entities: {bills: {file: a.csv, columns: {}}}}",
         "bills is no canonical entity"),
        ("{kind: sql, database: billing_ledger}",
         "{kind: files, entities: {invoices: {file: a.csv, columns: {total: {from: x}}}}}",
         "invoices has no column total"),
        ("{kind: sql, database: billing_ledger}",
         "{kind: files, entities: {invoices: {file: a.csv, columns: {total_cents: {money: USD}}}}}",
         "needs exactly one of"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_file_and_key(tmp_path: Path, before: str, after: str, words: str):
    assert before in MINIMAL
    path = write(tmp_path, MINIMAL.replace(before, after, 1))
    with pytest.raises(RecoupError) as error:
        load_company(path)
    text = str(error.value)
    assert str(path) in text
    assert words in text
    assert "\n" not in text
    assert text.endswith(".")


def test_a_file_that_is_missing_or_no_mapping_is_named(tmp_path: Path):
    with pytest.raises(RecoupError, match=r"There is no company file .*nowhere\.yml"):
        load_company(tmp_path / "nowhere.yml")
    with pytest.raises(RecoupError, match="must hold the keys of a company"):
        load_company(write(tmp_path, "- a list"))
    (tmp_path / "company.yml").write_bytes(b"company: \xff\xfe")
    with pytest.raises(RecoupError, match="cannot be read"):
        load_company(tmp_path / "company.yml")


def test_alerts_have_thresholds_without_being_configured_and_nobody_sends_them(tmp_path: Path):
    alerts = load_company(write(tmp_path, MINIMAL)).alerts
    assert alerts.newly_overdue_amount == 250
    assert alerts.notifier is None


def test_a_notifier_is_named_by_its_import_path(tmp_path: Path):
    text = MINIMAL + "alerts: {notifier: {class: my.package.Notifier, arguments: {channel: '#ar'}}}\n"
    notifier = load_company(write(tmp_path, text)).alerts.notifier
    assert notifier is not None
    assert (notifier.class_path, notifier.arguments) == ("my.package.Notifier", {"channel": "#ar"})
    with pytest.raises(RecoupError, match=r"alerts\.notifier\.class"):
        load_company(write(tmp_path, text.replace("my.package.Notifier", "Notifier; import os")))
    with pytest.raises(RecoupError, match=r"alerts\.kpi_metrics"):
        load_company(write(tmp_path, MINIMAL + 'alerts: {kpi_metrics: ["dso\' or 1=1"]}\n'))


def test_nothing_is_handed_over_and_no_name_leaves_unless_the_company_says_so(tmp_path: Path):
    handover = load_company(write(tmp_path, MINIMAL)).handover
    assert (handover.names, handover.targets) == (False, ())


TARGET = "{name: main, format: vicidial, delivery: {kind: sftp, connection: dialer, path: /in}}"


def test_a_target_has_a_name_a_format_and_a_way(tmp_path: Path):
    company = load_company(write(tmp_path, MINIMAL + f"handover: {{names: true, targets: [{TARGET}]}}\n"))
    (target,) = company.handover.targets
    assert (target.name, target.format, target.delivery.kind, target.delimiter) == ("main", "vicidial", "sftp", "tab")


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (f"[{TARGET}, {TARGET}]", "two targets have the same name"),
        ("[{name: main, format: avaya, delivery: {kind: directory, path: x}}]", "handover.targets.0.format"),
        ("[{name: main, format: five9, delivery: {kind: ftp, path: x}}]", "handover.targets.0.delivery"),
        ("[{name: main, format: five9, delivery: {kind: s3, connection: c}}]", "bucket is missing"),
        ("[{name: Main!, format: five9, delivery: {kind: directory, path: x}}]", "handover.targets.0.name"),
    ],
)
def test_a_wrong_target_is_one_sentence_with_its_key(tmp_path: Path, targets: str, words: str):
    with pytest.raises(RecoupError, match=words):
        load_company(write(tmp_path, MINIMAL + f"handover: {{targets: {targets}}}\n"))


def test_a_companys_own_disposition_code_means_a_canonical_one(tmp_path: Path):
    with pytest.raises(RecoupError, match=r"contact\.dispositions\.PTP2"):
        load_company(write(tmp_path, MINIMAL + "contact: {dispositions: {PTP2: promised}}\n"))
