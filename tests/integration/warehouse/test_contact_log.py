"""Without a contact log nobody is contacted, unless a declaration still says that there was nothing to log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from recoup import warehouse as server
from recoup.company import PriorContacts, load_company
from recoup.contact_log import is_declared_uncontacted, keeps_contact_log
from recoup.day import Day
from recoup.settings import PROJECT_DIR, Settings

DAY = Day.closing(date(2026, 3, 31), "America/New_York")
SIGNED = PriorContacts(declared_none_by="A Controller", declared_on=date(2026, 3, 1))


def publish(list_date: date, rows: int, settings: Settings) -> None:
    with server.connect("publisher", settings) as connection:
        connection.execute(
            "insert into lists.manifest (list_date, list_version, as_of_date, rows, excluded, population, best_times,"
            " sha256, knowledge_cutoff, rule_version, model_version)"
            " values (%s, 1, %s, %s, 1, %s, 0, repeat('0', 64), %s, 'r', 'm')",
            [list_date, list_date - timedelta(days=1), rows, rows + 1, DAY.recorded_at],
        )


def declared(settings: Settings) -> Settings:
    return replace(settings, company=settings.company.model_copy(update={"prior_contacts": SIGNED}))


def test_contact_points_without_attempts_are_no_contact_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECOUP_DATA_DIR", str(tmp_path))
    examples = PROJECT_DIR / "examples"
    assert keeps_contact_log(load_company(examples / "demo" / "company.yml"))
    assert not keeps_contact_log(load_company(examples / "ibm_ar" / "company.yml"))
    assert not keeps_contact_log(load_company(examples / "ibm_ar" / "company_with_contacts.yml"))


def test_nothing_is_declared_unless_somebody_signed(warehouse: Settings) -> None:
    assert not is_declared_uncontacted(DAY, warehouse)
    assert is_declared_uncontacted(DAY, declared(warehouse))


def test_the_declaration_ends_with_the_first_list_that_named_somebody(warehouse: Settings) -> None:
    settings = declared(warehouse)
    publish(DAY.list_date - timedelta(days=2), 0, settings)
    assert is_declared_uncontacted(DAY, settings), "an empty list has led to no contact"
    publish(DAY.list_date, 5, settings)
    assert is_declared_uncontacted(DAY, settings), "the day's own list, run again, is still the first"
    publish(DAY.list_date - timedelta(days=1), 5, settings)
    assert not is_declared_uncontacted(DAY, settings)
