"""One look for every chart: labeled axes with units, colors that survive print and the common color deficiencies.

A chart is drawn as wide as a phone shows it, so that its letters are the same size there, on a desk and on paper.
"""

from __future__ import annotations

from typing import Any, cast

import altair as alt
import vl_convert

INK = "#22303c"
MUTED = "#5b6a77"
LINE = "#c8d1d9"
ACCENT = "#0072b2"
SECOND = "#e69f00"
"""Blue and orange of Okabe and Ito: told apart with every common color deficiency, and by lightness in gray."""
AGE_COLORS = ["#a9c9dc", "#f5dfa3", "#f0ba62", "#e08a3c", "#b9522f", "#7a1f2b"]
"""Not due, then darker with age; the last color serves every older bucket."""
COHORT_COLORS = ["#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08264f"]
"""Older to newer; one hue, darker with time."""

WIDTH = 352
"""Of a chart with its axes, pixels."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_CONFIG: dict[str, Any] = {
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {"labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 11,
             "titleFontSize": 11, "domainColor": LINE, "tickColor": LINE, "gridColor": "#e8edf1"},
    "legend": {"labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 11,
               "titleFontSize": 11},
}  # fmt: skip


def svg(chart: alt.Chart | alt.LayerChart, label: str, height: int) -> str:
    """Draw `chart`, `WIDTH` wide and `height` high with its axes.

    Args:
        label: What a screen reader says instead of the picture.
        height: Pixels.
    """
    sized = chart.properties(width=WIDTH, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
    drawn = cast(str, vl_convert.vegalite_to_svg(sized.configure(**_CONFIG).to_dict()))
    escaped = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escaped}" ', 1)


def bars_height(rows: int) -> int:
    """Height of a chart of horizontal bars, pixels."""
    return 26 * rows + 46
