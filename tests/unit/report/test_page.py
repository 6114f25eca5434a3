"""The day's page: self-contained, honest about what is missing, free of markup from data."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recoup.company import load_company
from recoup.day import Day
from recoup.report import catalog, panels
from recoup.report.figures import DayFigures, columns_of
from recoup.report.page import render
from recoup.settings import PROJECT_DIR, Settings

COMPANY_FILE = PROJECT_DIR / "examples" / "demo" / "company.yml"
ZERO, ONE = Decimal(0), Decimal(1)
TODAY, MONTH = date(2026, 1, 31), date(2026, 1, 1)
NOTHING = {field.name: pd.DataFrame(columns=columns_of(field.name)) for field in fields(DayFigures)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path, project_dir=PROJECT_DIR, database="page", company=load_company(COMPANY_FILE),
        company_file=COMPANY_FILE,
    )  # fmt: skip


def frame(name: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns_of(name))


def control(bucket_amount: str = "300.00", currency: str = "USD") -> tuple[Any, ...]:
    money = map(Decimal, ("280", "45", "5", "0", "0", "20", "0", "10", "300.00", "12.34", "0", "287.66"))
    return (currency, *money, Decimal(bucket_amount), Decimal("100.00"))


@pytest.fixture
def figures() -> DayFigures:
    return DayFigures(
        alerts=frame(
            "alerts",
            ("leakage", "high", "A7", None, "USD", Decimal("2000"), "2,000.00 USD unapplied cash", "Match the money."),
            ("kpi_outside_band", "normal", None, "connect_rate", None, None, "connect rate is 0.1", "Look."),
        ),
        aging=frame("aging", ("USD", "current", 2, 200.0), ("USD", "1-30", 1, 100.0)),
        control=frame("control", control()),
        rolls=frame(
            "rolls",
            (date(2025, 12, 31), "USD", "current", 1, "current", 1, Decimal(100), Decimal("0.25"), True),
            (date(2025, 12, 31), "USD", "current", 1, "paid", 7, Decimal(100), Decimal("0.75"), True),
            (date(2025, 12, 31), "USD", "current", 1, "credit balance", 10, Decimal(100), ZERO, True),
        ),
        cohorts=frame(
            "cohorts",
            (date(2025, 11, 1), "USD", 0, Decimal("0.5")), (date(2025, 11, 1), "USD", 30, Decimal("0.9")),
            (date(2025, 12, 1), "USD", 0, Decimal("0.6")),
        ),
        leakage=frame(
            "leakage",
            ("unapplied_cash", "USD", 3, Decimal("2500"), Decimal("500"), Decimal("2000")),
            ("failed_payment", "USD", 2, Decimal("100"), Decimal("100"), ZERO),
        ),
        recovery=frame("recovery", (0, 10, 0, ZERO), (5, 10, 4, Decimal("0.4")), (9, 6, 2, Decimal("0.6"))),
        funnel=frame("funnel", (1, "assigned", 100), (2, "attempted", 40), (6, "kept", 3)),
        kpis=frame(
            "kpis",
            ("day", TODAY, "connect_rate", None, Decimal(3), Decimal(24), Decimal("0.125"), True),
            ("month", MONTH, "connect_rate", None, Decimal(30), Decimal(200), Decimal("0.15"), False),
            ("day", TODAY, "dso", "USD", Decimal(300), Decimal(900), Decimal("30.0"), True),
            ("month", MONTH, "mrr", "USD", Decimal("1234.5"), Decimal(1), Decimal("1234.5"), False),
            ("day", TODAY, "brand_new_rate", None, Decimal(1), Decimal(4), Decimal("0.25"), True),
            ("month", date(2025, 11, 1), "recovery_rate_30_days", "USD", ONE, Decimal(4), Decimal("0.25"), True),
            ("month", date(2025, 12, 1), "recovery_rate_30_days", "USD", ONE, Decimal(2), Decimal("0.5"), True),
            ("month", MONTH, "recovery_rate_30_days", "USD", ONE, ONE, ONE, False),
        ),
        breaches=frame("breaches", ("day", TODAY, "breach_rate", None, Decimal(0), Decimal(8), Decimal(0), True)),
        rules=frame("rules", ("day", TODAY, "near_miss_rate", None, ONE, Decimal(8), Decimal("0.125"), True)),
        lists=frame("lists", (7, 3, 10, Decimal("55.50"), "USD", "abc", "m1")),
        planned=frame("planned", (9, 4), (11, 3)),
        excluded=frame("excluded", ("<script>", 3)),
        heat=frame("heat", (1, 9, 40, 4), (2, 10, 19, 9)),
        incremental=frame(
            "incremental",
            ("USD", 180, 20, Decimal("2.5"), Decimal("-0.3"), Decimal("5.3"), Decimal(450), Decimal(-54), Decimal(954)),
        ),
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


def test_the_page_needs_no_network_and_runs_no_script(settings: Settings, figures: DayFigures) -> None:
    page = rendered(settings, figures)
    links = _Links()
    links.feed(page)
    assert page.count("<svg") == 11, "a chart is missing"
    assert page.count('role="img" aria-label="') == 11, "a chart says nothing to a screen reader"
    assert links.loaded == []


def test_a_page_whose_aging_does_not_tie_says_so(settings: Settings, figures: DayFigures) -> None:
    assert "does not tie" not in rendered(settings, figures)
    assert "does not tie" in rendered(settings, replace(figures, control=frame("control", control("299.99"))))


def test_amounts_are_shown_to_the_cent(settings: Settings, figures: DayFigures) -> None:
    assert "287.66" in rendered(settings, figures)


def test_nothing_is_drawn_without_data_but_told_in_one_sentence(settings: Settings) -> None:
    page = rendered(settings, DayFigures(**NOTHING))
    assert "<svg" not in page
    for said in (
        "Nothing new since the day before.", "Nothing is owed.", "Nothing is owed and nothing moved.",
        "Nothing was open at the start of the month.", "No leak is known.", "No month&#39;s invoices",
        "No account is assigned", "No account has been past due.", "No list is old enough yet", "Too few calls",
        "Nobody is on today&#39;s list.", "Nobody is excluded.", "No figure was built for this day.",
    ):  # fmt: skip
        assert said in page, said


def test_what_comes_from_data_cannot_become_markup(settings: Settings, figures: DayFigures) -> None:
    told = frame("alerts", ("leakage", "high", "<b>", None, "USD", ZERO, "<script>", "<img src=x>"))
    page = rendered(settings, replace(figures, alerts=told))
    assert "<script>" not in page
    assert "<img" not in page


def test_the_first_alerts_are_shown_with_what_to_do_and_the_rest_is_counted(
    settings: Settings, figures: DayFigures
) -> None:
    page = rendered(settings, figures)
    assert page.index("2,000.00 USD unapplied cash") < page.index("connect rate is 0.1")
    assert "Match the money." in page
    assert "more:" not in page
    many = pd.concat([figures.alerts] * 10, ignore_index=True)
    shown = panels.alerts(replace(figures, alerts=many))
    assert len(shown["rows"]) == panels.ALERTS_SHOWN
    assert shown["more"] == 20 - panels.ALERTS_SHOWN
    assert [(group["name"], group["count"], group["high"]) for group in shown["groups"]] == [
        ("figures outside their usual band", "10", "0"), ("revenue leaks", "10", "10"),
    ]  # fmt: skip


def test_each_panel_says_what_to_read_from_it(figures: DayFigures) -> None:
    assert panels.waterfall(figures).note == "20.00 USD more than the day before."
    assert panels.recovery(figures).note == "Half of the accounts recover within 9 days."
    assert panels.leakage(figures).note == "2,000.00 USD still open of 2,600.00 at risk, 5 events."
    assert panels.against_control(figures).note == (
        "2.50 USD per account, 95 % between −0.30 and 5.30: not told apart from nothing yet; 180 accounts against 20."
    )  # fmt: skip


def test_the_waterfall_shows_every_movement_that_is_not_zero(figures: DayFigures) -> None:
    chart = panels.waterfall(figures).chart
    for said in ("opening", "invoices", "fees and interest", "payments applied", "write-offs", "closing", "−20", "+45"):
        assert f">{said}<" in chart, said
    assert "reversed payments" not in chart


def test_a_state_that_no_balance_reached_is_no_column(figures: DayFigures) -> None:
    chart = panels.roll_rates(figures).chart
    assert ">paid<" in chart
    assert "credit balance" not in chart


def test_figures_stand_in_groups_with_their_units_and_what_is_behind_them(figures: DayFigures) -> None:
    groups = {group["name"]: group["rows"] for group in panels.key_figures(figures)}
    assert groups["Receivables"] == [
        {"name": "days sales outstanding", "day": "30.0 days", "month": catalog.DASH, "behind": "300 ÷ 900"}
    ]
    assert groups["Reaching people"] == [
        {"name": "calls answered", "day": "12.5 %", "month": "15.0 %", "behind": "30 ÷ 200"}
    ]
    assert groups["Growth"] == [
        {"name": "monthly recurring revenue", "day": catalog.DASH, "month": "1,234 USD", "behind": ""}
    ]
    assert groups["Compliance"] == [
        {"name": "one attempt below a cap", "day": "12.5 %", "month": catalog.DASH, "behind": "1 ÷ 8"},
        {"name": "contacts that broke a rule", "day": "0.0 %", "month": catalog.DASH, "behind": "0 ÷ 8"},
    ]
    assert groups["Recovery"] == [
        {"name": "recovered within 30 days of failing", "day": catalog.DASH, "month": "50.0 %",
         "behind": "Dec 2025: 1 ÷ 2"}
    ]  # fmt: skip
    assert groups[catalog.OTHER] == [
        {"name": "brand new rate", "day": "25.0 %", "month": catalog.DASH, "behind": "1 ÷ 4"}
    ]


def test_with_two_currencies_each_has_its_aging_and_what_has_room_for_one_shows_the_larger(
    settings: Settings, figures: DayFigures
) -> None:
    both = replace(
        figures,
        control=frame("control", control(), control(currency="EUR")),
        aging=pd.concat([figures.aging, figures.aging.assign(currency="EUR")]),
    )
    page = rendered(settings, both)
    assert "What is owed, by age (USD)" in page
    assert "What is owed, by age (EUR)" in page
    assert "Receivables in USD." in page
    assert "Receivables in EUR." not in page
