"""The page of a real day: every panel finds its mart, every figure its name, and nobody's name is on it."""

from __future__ import annotations

from typing import Any

import pytest

from recoup import warehouse
from recoup.report.catalog import OTHER, figure
from recoup.report.figures import DayFigures, read_figures
from recoup.report.pages import page_of


@pytest.fixture(scope="module")
def figures(company_run: Any) -> DayFigures:
    return read_figures(company_run.day, company_run.settings)


def test_every_panel_finds_what_it_shows(figures: DayFigures) -> None:
    shown = ("alerts", "aging", "control", "rolls", "cohorts", "leakage", "recovery", "funnel", "kpis", "rules", "heat")
    assert [name for name in shown if getattr(figures, name).empty] == []
    assert figures.ties


def test_every_figure_has_a_group_and_a_name(figures: DayFigures) -> None:
    metrics = set(figures.kpis["metric"]) | set(figures.rules["metric"])
    assert len(metrics) > 40
    assert {metric for metric in metrics if figure(metric).group == OTHER} == set()


def test_the_page_holds_nobodys_name_address_or_number(company_run: Any) -> None:
    page = page_of(company_run.settings, company_run.day.list_date)
    assert page is not None
    text = page.read_text(encoding="utf-8")
    with warehouse.connect("loader", company_run.settings) as connection:
        personal = connection.execute(
            "select full_name from vault.persons where length(full_name) > 5"
            " union select address from vault.contact_points"
        ).fetchall()
    assert len(personal) > 1_000
    assert [value for (value,) in personal if value and value in text] == []
