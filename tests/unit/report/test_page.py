"""The day's page: what it says of the figures it is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from recoup.company import load_company
from recoup.day import Day
from recoup.report.figures import DayFigures
from recoup.report.page import render
from recoup.settings import PROJECT_DIR, Settings

COMPANY_FILE = PROJECT_DIR / "examples" / "demo" / "company.yml"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path, project_dir=PROJECT_DIR, database="page", company=load_company(COMPANY_FILE),
        company_file=COMPANY_FILE,
    )  # fmt: skip


def figures(bucket_amount: str = "300.00", listed: bool = True) -> DayFigures:
    return DayFigures(
        aging=pd.DataFrame(
            {"currency": "USD", "aging_bucket": ["current", "1-30"], "invoice_count": [2, 1],
             "open_amount": [200.0, 100.0]}
        ),
        control=pd.DataFrame(
            {"currency": ["USD"], "closing_amount": [Decimal("300.00")], "unapplied_cash_amount": [Decimal("12.34")],
             "unapplied_credit_amount": [Decimal("0")], "control_total_amount": [Decimal("287.66")],
             "bucket_amount": [Decimal(bucket_amount)], "past_due_amount": [Decimal("100.00")]}
        ),
        receivables=pd.DataFrame(
            {"metric": ["dso", "cei_percent"], "currency": ["USD", "USD"], "numerator": [Decimal(300), Decimal(1)],
             "denominator": [Decimal(900), Decimal(0)], "value": [Decimal("30.0"), None]}
        ),
        collections=pd.DataFrame(columns=["metric", "period", "numerator", "denominator", "value"]),
        lists=pd.DataFrame(
            {"rows_listed": [7], "accounts_excluded": [3], "population": [10], "uplift_amount": [Decimal("55.50")],
             "currency": ["USD"], "rule_version": ["abc"], "model_version": ["m1"]}
        ).head(1 if listed else 0),
        planned=pd.DataFrame({"hour": [9, 10], "accounts": [4, 3]}).head(2 if listed else 0),
        excluded=pd.DataFrame({"reason": ["<script>"], "accounts": [3]}),
        heat=pd.DataFrame(columns=["local_weekday", "local_hour", "calls", "right_party_contacts"]),
    )  # fmt: skip


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object"):
            self.loaded.append(tag)


def rendered(settings: Settings, shown: DayFigures) -> str:
    return render(shown, Day.closing(date(2026, 1, 31), settings.company.time_zone), settings)


def test_the_page_needs_no_network_and_runs_no_script(settings: Settings) -> None:
    page = rendered(settings, figures())
    links = _Links()
    links.feed(page)
    assert page.count("<svg") == 3, "aging, planned hours and exclusions are drawn"
    assert links.loaded == []


def test_a_page_whose_aging_does_not_tie_says_so(settings: Settings) -> None:
    assert "does not tie" not in rendered(settings, figures())
    assert "does not tie" in rendered(settings, figures(bucket_amount="299.99"))


def test_amounts_are_shown_to_the_cent_and_missing_values_as_a_dash(settings: Settings) -> None:
    page = rendered(settings, figures())
    assert "287.66" in page
    assert "<td>cei_percent</td><td>–</td>" in page


def test_an_empty_list_is_told_in_words(settings: Settings) -> None:
    page = rendered(settings, figures(listed=False))
    assert "Nobody is on today&#39;s list." in page or "Nobody is on today's list." in page
    assert "Too few calls in the last 90 days." in page


def test_what_comes_from_data_cannot_become_markup(settings: Settings) -> None:
    assert "<script>" not in rendered(settings, figures())
