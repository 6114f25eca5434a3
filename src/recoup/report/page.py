"""Figures in, one self-contained HTML page out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from recoup.day import Day
from recoup.report import charts
from recoup.report.figures import DayFigures
from recoup.settings import Settings

DASH = "–"
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
        agings=[_aging(figures, currency) for currency in figures.control["currency"]],
        left=[_heat_panel(figures)],
        right=_list_panels(figures, settings.company.time_zone),
        kpis=_kpis(figures),
        rule_version=str(listed.get("rule_version", DASH))[:12],
        model_version=listed.get("model_version", DASH),
    )


def _tiles(figures: DayFigures, listed: dict[str, Any]) -> list[dict[str, str]]:
    tiles = []
    for _, row in figures.control.iterrows():
        share = row["past_due_amount"] / row["closing_amount"] if row["closing_amount"] else None
        tiles.append(_tile(f"open receivables, {row['currency']}", _amount(row["closing_amount"])))
        tiles.append(_tile(f"of it past due ({_percent(share)})", _amount(row["past_due_amount"])))
    dso = figures.receivables.query("metric == 'dso'")
    if len(dso) and len(figures.control):
        tiles.append(_tile("days sales outstanding", _number(dso.iloc[0]["value"], 1)))
    tiles.append(_tile("accounts to contact", _count(listed.get("rows_listed", 0))))
    tiles.append(_tile("accounts excluded, with reasons", _count(listed.get("accounts_excluded", 0))))
    if listed.get("uplift_amount") is not None:
        tiles.append(_tile(f"expected from the contacts, {listed['currency']}", _amount(listed["uplift_amount"])))
    return tiles


def _aging(figures: DayFigures, currency: str) -> dict[str, Any]:
    frame = figures.aging[figures.aging["currency"] == currency]
    control = figures.control[figures.control["currency"] == currency].iloc[0]
    total = control["closing_amount"]
    return {
        "currency": currency,
        "chart": charts.aging(frame[["aging_bucket", "invoice_count", "open_amount"]], currency),
        "rows": [
            {"bucket": row.aging_bucket, "invoices": _count(row.invoice_count), "amount": _amount(row.open_amount),
             "share": _percent(row.open_amount / float(total) if total else None)}
            for row in frame.itertuples()
        ],
        "invoices": _count(frame["invoice_count"].sum()),
        "total": _amount(total),
        "unapplied_cash": _amount(control["unapplied_cash_amount"]),
        "unapplied_credits": _amount(control["unapplied_credit_amount"]),
        "control_total": _amount(control["control_total_amount"]),
    }  # fmt: skip


def _list_panels(figures: DayFigures, time_zone: str) -> list[dict[str, Any]]:
    return [
        {
            "title": "When the contacts are planned",
            "sub": "Accounts on today's list by the hour planned for them, under the agents' capacity.",
            "chart": charts.planned_by_hour(figures.planned, time_zone) if len(figures.planned) else None,
            "empty": "Nobody is on today's list.",
        },
        {
            "title": "Who is left out, and why",
            "sub": "Accounts by reason; an account with several reasons counts under each.",
            "chart": charts.horizontal_counts(
                figures.excluded, category="reason", title="accounts", label="Excluded accounts by reason"
            )
            if len(figures.excluded)
            else None,
            "empty": "Nobody is excluded.",
        },
    ]


def _heat_panel(figures: DayFigures) -> dict[str, Any]:
    has_enough = (figures.heat["calls"] >= charts.FEWEST_CALLS).any()
    return {
        "title": "When the right party answers",
        "sub": f"Right-party contacts per 100 calls, last 90 days; blank: fewer than {charts.FEWEST_CALLS} calls.",
        "chart": charts.contact_heat_map(figures.heat) if has_enough else None,
        "empty": "Too few calls in the last 90 days.",
    }


def _kpis(figures: DayFigures) -> list[dict[str, str]]:
    several = figures.receivables["currency"].nunique() > 1
    rows = [
        (f"{row.metric} ({row.currency})" if several else row.metric, row) for row in figures.receivables.itertuples()
    ]
    rows += [
        (row.metric if row.period == "day" else f"{row.metric}, month so far", row)
        for row in figures.collections.itertuples()
    ]
    return [
        {"name": name, "value": _number(row.value, 4 if str(row.metric).endswith(("_rate", "_ratio")) else 2),
         "numerator": _number(row.numerator, 2), "denominator": _number(row.denominator, 2)}
        for name, row in rows
    ]  # fmt: skip


def _tile(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _amount(value: Decimal | float) -> str:
    return f"{value:,.2f}"


def _count(value: int | float) -> str:
    return f"{int(value):,}"


def _percent(value: Decimal | float | None) -> str:
    return DASH if value is None else f"{100 * float(value):.1f} %"


def _number(value: Decimal | float | None, places: int) -> str:
    if value is None or pd.isna(value):
        return DASH
    return f"{value:,.{places}f}".rstrip("0").rstrip(".") if places else f"{value:,.0f}"
