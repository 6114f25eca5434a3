"""Charts of the day's page: data frames in, SVG text out, drawn offline.

One look for all of them: labeled axes with units, no grid where a label says it, colors that survive print and the
common color deficiencies.
"""

from __future__ import annotations

from typing import Any, cast

import altair as alt
import pandas as pd
import vl_convert

INK = "#22303c"
MUTED = "#6b7a88"
ACCENT = "#1f6f8b"
AGE_COLORS = ["#8fb8c9", "#f2d388", "#eeb063", "#e2844c", "#c9543f", "#8e2f3c"]
"""Not due, then warmer with age; the last color serves every older bucket."""

_CONFIG: dict[str, Any] = {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 12,
             "titleFontSize": 12, "domainColor": "#c8d1d9", "tickColor": "#c8d1d9", "gridColor": "#e8edf1"},
    "legend": {"labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal"},
}  # fmt: skip
_WIDTH = 520


def _svg(chart: alt.Chart | alt.LayerChart, label: str) -> str:
    """Draw `chart`. `label` is what a screen reader says instead of the picture."""
    specification = chart.configure(**_CONFIG).to_dict()
    svg = cast(str, vl_convert.vegalite_to_svg(specification))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def aging(frame: pd.DataFrame, currency: str) -> str:
    """Open receivables by aging bucket.

    Args:
        frame: `aging_bucket` in order, `open_amount` (major units), `invoice_count`.
        currency: ISO 4217 code of the amounts.
    """
    order = frame["aging_bucket"].tolist()
    colors = [AGE_COLORS[min(i, len(AGE_COLORS) - 1)] for i in range(len(order))]
    base = alt.Chart(frame).encode(
        x=alt.X("aging_bucket:N", sort=order, title="days past due", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("open_amount:Q", title=f"open, {currency}", axis=alt.Axis(format="~s", tickCount=5)),
    )
    bars = base.mark_bar(cornerRadiusTopLeft=3, cornerRadiusTopRight=3).encode(
        color=alt.Color("aging_bucket:N", scale=alt.Scale(domain=order, range=colors), legend=None)
    )
    labels = base.mark_text(dy=-7, color=INK, fontSize=12).encode(text=alt.Text("open_amount:Q", format=".3~s"))
    return _svg((bars + labels).properties(width=_WIDTH, height=220), f"Open receivables by aging bucket in {currency}")


def horizontal_counts(frame: pd.DataFrame, *, category: str, title: str, label: str, color: str = ACCENT) -> str:
    """Counts by category, largest first: columns `category` and `accounts`."""
    order = frame.sort_values("accounts", ascending=False)[category].tolist()
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{category}:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("accounts:Q", title=title, axis=alt.Axis(format="~s", tickCount=5)),
    )
    bars = base.mark_bar(color=color, cornerRadiusEnd=3)
    labels = base.mark_text(align="left", dx=4, color=INK, fontSize=12).encode(text=alt.Text("accounts:Q", format=","))
    return _svg((bars + labels).properties(width=_WIDTH - 140, height=alt.Step(26)), label)


def planned_by_hour(frame: pd.DataFrame, time_zone: str) -> str:
    """Contacts planned per hour: columns `hour` (0–23, company time zone) and `accounts`."""
    base = alt.Chart(frame).encode(
        x=alt.X("hour:O", title=f"hour of the day, {time_zone}", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("accounts:Q", title="contacts planned", axis=alt.Axis(tickCount=5)),
    )
    bars = base.mark_bar(color=ACCENT, cornerRadiusTopLeft=3, cornerRadiusTopRight=3)
    labels = base.mark_text(dy=-7, color=INK, fontSize=11).encode(text=alt.Text("accounts:Q", format=","))
    return _svg((bars + labels).properties(width=_WIDTH, height=180), "Contacts planned per hour")


FEWEST_CALLS = 20
"""Below, one lucky call would paint an hour as the best of the week."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def contact_heat_map(frame: pd.DataFrame) -> str:
    """Right-party contacts per 100 calls by local weekday and hour; an hour with fewer than `FEWEST_CALLS` stays blank.

    Args:
        frame: `local_weekday` (ISO, 1 = Monday), `local_hour`, `calls`, `right_party_contacts`.
    """
    shown = frame[frame["calls"] >= FEWEST_CALLS].assign(
        weekday=lambda f: f["local_weekday"].astype(int).map(lambda d: WEEKDAYS[d - 1]),
        per_100=lambda f: 100.0 * f["right_party_contacts"] / f["calls"],
    )
    hours = list(range(int(frame["local_hour"].min()), int(frame["local_hour"].max()) + 1))
    chart = (
        alt.Chart(shown)
        .mark_rect(stroke="white", strokeWidth=2)
        .encode(
            x=alt.X(
                "local_hour:O",
                title="local hour of the call",
                axis=alt.Axis(labelAngle=0),
                scale=alt.Scale(domain=hours),
            ),
            y=alt.Y("weekday:N", sort=list(WEEKDAYS), title=None),
            color=alt.Color("per_100:Q", title="per 100 calls", scale=alt.Scale(scheme="tealblues")),
        )
        .properties(width=_WIDTH - 60, height=alt.Step(24))
    )
    return _svg(chart, "Right-party contacts per 100 calls by weekday and hour")
