"""Figures in, one self-contained HTML page out."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recoup.day import Day
from recoup.report import panels
from recoup.report.catalog import DASH, written
from recoup.report.figures import DayFigures
from recoup.settings import Settings

_TEMPLATES = Environment(
    loader=PackageLoader("recoup.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(figures: DayFigures, day: Day, settings: Settings) -> str:
    """Return the page of `day` as HTML; the charts are inside it, nothing is loaded from anywhere."""
    listed = figures.lists.iloc[0].to_dict() if len(figures.lists) else {}
    return _TEMPLATES.get_template("day.html.j2").render(
        company=settings.company.company,
        as_of_date=day.as_of_date.isoformat(),
        list_date=day.list_date.isoformat(),
        list_date_long=f"{day.list_date:%A, %B} {day.list_date.day}, {day.list_date.year}",
        ties=figures.ties,
        tiles=_tiles(figures, listed),
        alerts=panels.alerts(figures),
        agings=panels.aging_tables(figures),
        money=[
            panels.waterfall(figures), panels.roll_rates(figures), panels.leakage(figures), panels.cohorts(figures),
        ],
        work=[
            panels.funnel(figures), panels.recovery(figures), panels.against_control(figures), panels.heat_map(figures),
            panels.planned(figures, settings.company.time_zone), panels.excluded(figures),
        ],
        groups=panels.key_figures(figures),
        rule_version=str(listed.get("rule_version", DASH))[:12],
        model_version=listed.get("model_version", DASH),
    )  # fmt: skip


def _tiles(figures: DayFigures, listed: dict[str, Any]) -> list[dict[str, str]]:
    tiles = []
    for _, row in figures.control.iterrows():
        share = row["past_due_amount"] / row["closing_amount"] if row["closing_amount"] else None
        tiles.append(_tile(f"open receivables, {row['currency']}", f"{row['closing_amount']:,.0f}"))
        tiles.append(_tile(f"past due ({panels.percent(share)})", f"{row['past_due_amount']:,.0f}"))
    dso = figures.kpis.query("metric == 'dso' and period == 'day' and currency == @figures.main_currency")
    if len(dso):
        tiles.append(_tile("sales outstanding", written(dso.iloc[0]["value"], "days", None)))
    tiles.append(_tile("accounts to contact", panels.count(listed.get("rows_listed", 0))))
    tiles.append(_tile("left out, with reasons", panels.count(listed.get("accounts_excluded", 0))))
    if listed.get("uplift_amount") is not None:
        tiles.append(_tile(f"expected from the contacts, {listed['currency']}", f"{listed['uplift_amount']:,.0f}"))
    return tiles


def _tile(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}
