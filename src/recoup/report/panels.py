"""The panels of the day's page: a title, what is shown, and a chart, or one honest sentence where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from recoup.alerting import KINDS
from recoup.report.catalog import DASH, GROUPS, OTHER, figure, place, written
from recoup.report.charts import contacting, receivables
from recoup.report.figures import DayFigures

ALERTS_SHOWN = 8
COHORTS_SHOWN = 6


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        sub: What is shown, of when, in which unit.
        chart: SVG; empty where there is nothing to draw.
        note: What to read from it; where `chart` is empty, why it is.
    """

    title: str
    sub: str
    chart: str = ""
    note: str = ""


def aging_tables(figures: DayFigures) -> list[dict[str, Any]]:
    """What is owed by age, one entry a currency: chart, rows and what ties them to the ledger."""
    return [_aging(figures, currency) for currency in figures.control["currency"]]


def _aging(figures: DayFigures, currency: str) -> dict[str, Any]:
    frame = figures.aging[figures.aging["currency"] == currency]
    control = figures.control[figures.control["currency"] == currency].iloc[0]
    total = control["closing_amount"]
    return {
        "currency": currency,
        "chart": receivables.aging(frame, currency) if len(frame) else "",
        "rows": [
            {"bucket": row.aging_bucket, "invoices": count(row.invoice_count), "amount": amount(row.open_amount),
             "share": percent(row.open_amount / float(total) if total else None)}
            for row in frame.itertuples()
        ],
        "invoices": count(frame["invoice_count"].sum()),
        "total": amount(total),
        "unapplied_cash": amount(control["unapplied_cash_amount"]),
        "unapplied_credits": amount(control["unapplied_credit_amount"]),
        "control_total": amount(control["control_total_amount"]),
    }  # fmt: skip


def waterfall(figures: DayFigures) -> Panel:
    """How the day turned the opening receivables into the closing ones."""
    title = "From the day before to the day"
    if figures.control.empty:
        return Panel(title, "Receivables.", note="Nothing is owed and nothing moved.")
    row, currency = figures.control.iloc[0], str(figures.main_currency)
    change = row["closing_amount"] - row["opening_amount"]
    word = "less" if change < 0 else "more"
    return Panel(
        title,
        f"Receivables in {currency}. The axis is cut: it begins near the smaller end.",
        receivables.waterfall(row, currency),
        f"{amount(abs(change))} {currency} {word} than the day before." if change else "No change over the day.",
    )


def roll_rates(figures: DayFigures) -> Panel:
    """Where each bucket's balance of the month's start is now."""
    title = "Where balances roll"
    frame = _in(figures.rolls, figures.main_currency)
    frame = frame[frame["from_amount"] > 0]
    if frame.empty:
        return Panel(title, "Roll rates of the month.", note="Nothing was open at the start of the month.")
    # Only an overpayment can end as one; a column without a share says nothing.
    reached = frame.groupby("to_state")["roll_rate"].transform(lambda rates: bool((rates > 0).any()))
    first = frame.iloc[0]
    return Panel(
        title,
        f"Of each bucket's balance on {first['from_date']}, the share that is now in each state; rows sum to 100 %, "
        f"{figures.main_currency}" + ("." if first["is_complete"] else ", month not over."),
        receivables.roll_rates(frame[reached.astype(bool)]),
    )


def cohorts(figures: DayFigures) -> Panel:
    """Share collected by age, one curve for each of the last months."""
    title = "How fast a month's invoices are collected"
    frame = _in(figures.cohorts, figures.main_currency)
    if frame.empty:
        return Panel(title, "Collection curves.", note="No month's invoices have fallen due yet.")
    months = sorted(frame["cohort_month"].unique())[-COHORTS_SHOWN:]
    return Panel(
        title,
        f"Share of what fell due in a month that was collected, by days since due, {figures.main_currency}; the circle "
        "is the newest month.",
        receivables.collection_curves(frame[frame["cohort_month"].isin(months)]),
    )


def leakage(figures: DayFigures) -> Panel:
    """Revenue at risk by cause."""
    title = "Where revenue leaks"
    frame = _in(figures.leakage, figures.main_currency)
    if frame.empty:
        return Panel(title, "Revenue leakage by cause.", note="No leak is known.")
    still = frame["open_amount"].sum()
    return Panel(
        title,
        f"Amount at risk by cause, {figures.main_currency}: still open and recovered so far. No amount counts twice.",
        receivables.leakage(frame, str(figures.main_currency)),
        f"{amount(still)} {figures.main_currency} still open of {amount(frame['at_risk_amount'].sum())} at risk, "
        f"{count(frame['event_count'].sum())} events.",
    )


def recovery(figures: DayFigures) -> Panel:
    """Kaplan–Meier curve of accounts past due."""
    title = "How long recovery takes"
    frame = figures.recovery
    if frame.empty:
        return Panel(title, "Recovery of accounts past due.", note="No account has been past due.")
    half = frame[frame["recovered_share"] >= 0.5]
    said = f"Half of the accounts recover within {int(half['days'].min())} days." if len(half) else (
        "Fewer than half of the accounts have recovered within the time that was seen."
    )  # fmt: skip
    return Panel(
        title,
        "Share of accounts no longer past due, by days since they fell past due, last 365 days; one still open counts "
        "as long as it was seen (Kaplan–Meier).",
        contacting.recovery_curve(frame),
        said,
    )


def funnel(figures: DayFigures) -> Panel:
    """From assigned accounts to kept promises."""
    title = "From assigned to kept"
    if figures.funnel.empty or not figures.funnel["account_count"].sum():
        return Panel(title, "Accounts this month.", note="No account is assigned to anybody this month.")
    return Panel(
        title,
        "Accounts this month so far, by how far the work got; in percent of the first step.",
        contacting.funnel(figures.funnel),
    )


def heat_map(figures: DayFigures) -> Panel:
    """When the right party answers."""
    title = "When the right party answers"
    sub = f"Right-party contacts per 100 calls, last 90 days; blank: fewer than {contacting.FEWEST_CALLS} calls."
    if not (figures.heat["calls"] >= contacting.FEWEST_CALLS).any():
        return Panel(title, sub, note="Too few calls in the last 90 days.")
    return Panel(title, sub, contacting.contact_heat_map(figures.heat))


def planned(figures: DayFigures, time_zone: str) -> Panel:
    """Contacts planned by hour."""
    title, sub = "When the contacts are planned", "Accounts on today's list by the hour planned for them."
    if figures.planned.empty:
        return Panel(title, sub, note="Nobody is on today's list.")
    return Panel(title, sub, contacting.planned_by_hour(figures.planned, time_zone))


def excluded(figures: DayFigures) -> Panel:
    """Who is left out, and why."""
    title, sub = "Who is left out, and why", "Accounts by reason; one with several reasons counts under each."
    if figures.excluded.empty:
        return Panel(title, sub, note="Nobody is excluded.")
    return Panel(title, sub, contacting.excluded(figures.excluded))


def against_control(figures: DayFigures) -> Panel:
    """What the lists add beyond the randomized control."""
    title = "What the lists add"
    sub = "Recovered per account, list less randomized control, with its 95 % interval; orange line: no difference."
    frame = _in(figures.incremental, figures.main_currency)
    if frame.empty:
        return Panel(title, sub, note="No list is old enough yet to be held against its control.")
    row = frame.iloc[0]
    effect, low, high = (row[f"effect_{part}_amount"] for part in ("per_account", "low", "high"))
    if pd.isna(effect) or pd.isna(low):
        return Panel(title, sub, note="Too few accounts in the control for an interval.")
    against = f"{count(row['treated_account_count'])} accounts against {count(row['control_account_count'])}"
    verdict = "more" if low > 0 else "less" if high < 0 else "not told apart from nothing yet"
    return Panel(
        title,
        sub,
        contacting.list_against_control(float(effect), float(low), float(high), str(row["currency"])),
        f"{amount(effect)} {row['currency']} per account, 95 % between {amount(low)} and {amount(high)}: {verdict}; "
        f"{against}.",
    )


def alerts(figures: DayFigures) -> dict[str, Any]:
    """What deserves a person today: counts by kind, and the first rows."""
    frame = figures.alerts
    groups = [
        {"name": name, "count": count(len(mine)), "high": count((mine["severity"] == "high").sum())}
        for kind, name in KINDS.items()
        if len(mine := frame[frame["kind"] == kind])
    ]
    rows = [
        {"about": row.account_id or str(row.metric).replace("_", " "), "is_high": row.severity == "high",
         "headline": row.headline, "what_to_do": row.what_to_do}
        for row in frame.head(ALERTS_SHOWN).itertuples()
    ]  # fmt: skip
    return {"groups": groups, "rows": rows, "more": max(len(frame) - ALERTS_SHOWN, 0)}


def key_figures(figures: DayFigures) -> list[dict[str, Any]]:
    """The company-wide figures in groups: of the day, of the month so far, and the two numbers behind the newer one.

    Of a cohort's figure the newest complete month is shown, and named.
    """
    parts = [part for part in (figures.rules, figures.breaches) if not part.empty]
    kpis = pd.concat([figures.kpis, *parts], ignore_index=True) if parts else figures.kpis
    several = kpis["currency"].dropna().nunique() > 1
    grouped: dict[str, list[dict[str, str]]] = {name: [] for name in (*GROUPS, OTHER)}
    ordered = kpis.assign(place=kpis["metric"].map(place)).sort_values(
        ["place", "is_complete", "kpi_date"], kind="stable"
    )
    newest = ordered.drop_duplicates(["metric", "currency", "period"], keep="last")
    for (metric, currency), rows in newest.groupby(["metric", "currency"], dropna=False, sort=False):
        shown = figure(str(metric))
        code = None if pd.isna(currency) else str(currency)
        by_period = {row.period: row for row in rows.itertuples()}
        values = {
            period: written(by_period[period].value, shown.unit, code) if period in by_period else DASH
            for period in ("day", "month")
        }
        name = f"{shown.label} ({code})" if several and code and shown.unit != "money" else shown.label
        behind = _behind(by_period.get("month", by_period.get("day")), figures, is_ratio=shown.unit != "money")
        grouped[shown.group].append({"name": name, **values, "behind": behind})
    return [{"name": name, "rows": rows} for name, rows in grouped.items() if rows]


def _behind(row: Any, figures: DayFigures, *, is_ratio: bool) -> str:
    """The two numbers of a figure, with its month where that is another one than the page's."""
    this_month = figures.kpis["kpi_date"].max()
    of = "" if row.kpi_date.replace(day=1) == this_month.replace(day=1) else f"{row.kpi_date:%b %Y}: "
    if not is_ratio and row.denominator in (None, 1):
        return of.rstrip(": ")  # a sum is divided by nothing
    return f"{of}{plain(row.numerator)} ÷ {plain(row.denominator)}"


def _in(frame: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    return frame[frame["currency"] == currency]


def amount(value: Decimal | float) -> str:
    """Major units, two decimals."""
    return f"{value:,.2f}".replace("-", "−")


def count(value: int | float) -> str:
    """A whole number with separators."""
    return f"{int(value):,}"


def percent(value: Decimal | float | None) -> str:
    """A share in [0, 1] in percent."""
    return DASH if value is None else f"{100 * float(value):.1f} %"


def plain(value: Decimal | float | None) -> str:
    """A number with as many decimals as it needs, at most two."""
    if value is None or pd.isna(value):
        return DASH
    return f"{value:,.2f}".rstrip("0").rstrip(".")
