"""Charts of the contacts: when, whom, how far they get, and what they add."""

from __future__ import annotations

import altair as alt
import pandas as pd

from recoup.report.charts.look import ACCENT, INK, MUTED, SECOND, bars_height, svg

FEWEST_CALLS = 20
"""Below, one lucky call would paint an hour as the best of the week."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STEPS = {
    "assigned": "assigned",
    "attempted": "attempted",
    "contacted": "contacted",
    "right_party": "right party",
    "promised": "promised",
    "kept": "kept",
}


def excluded(frame: pd.DataFrame) -> str:
    """Accounts by reason, largest first: columns `reason` and `accounts`."""
    ordered = frame.sort_values(["accounts", "reason"], ascending=[False, True])
    reasons = [reason.replace("_", " ").lower() for reason in ordered["reason"]]
    shown = pd.DataFrame({"reason": reasons, "accounts": ordered["accounts"].astype("int64")})
    base = alt.Chart(shown).encode(
        y=alt.Y("reason:N", sort=reasons, title=None, axis=alt.Axis(labelLimit=170)),
        x=alt.X("accounts:Q", title="accounts", axis=alt.Axis(format=",d", tickCount=4, tickMinStep=1)),
    )
    bars = base.mark_bar(color=ACCENT)
    labels = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text=alt.Text("accounts:Q", format=","))
    return svg(bars + labels, "Excluded accounts by reason", bars_height(len(shown)))


def planned_by_hour(frame: pd.DataFrame, time_zone: str) -> str:
    """Contacts planned per hour: columns `hour` (0–23, company time zone) and `accounts`."""
    hours = list(range(int(frame["hour"].min()), int(frame["hour"].max()) + 1))
    base = alt.Chart(frame).encode(
        x=alt.X(
            "hour:O", title=f"hour of the day, {time_zone}", axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=hours)
        ),
        y=alt.Y("accounts:Q", title="contacts planned", axis=alt.Axis(tickCount=4, tickMinStep=1)),
    )
    bars = base.mark_bar(color=ACCENT)
    labels = base.mark_text(dy=-6, color=INK, fontSize=11).encode(text=alt.Text("accounts:Q", format=","))
    return svg(bars + labels, "Contacts planned per hour", 190)


def contact_heat_map(frame: pd.DataFrame) -> str:
    """Right-party contacts per 100 calls by local weekday and hour; an hour with fewer than `FEWEST_CALLS` stays blank.

    Args:
        frame: `local_weekday` (ISO, 1 = Monday), `local_hour`, `calls`, `right_party_contacts`.
    """
    shown = frame[frame["calls"] >= FEWEST_CALLS].assign(
        weekday=lambda f: f["local_weekday"].astype(int).map(lambda d: WEEKDAYS[d - 1]),
        per_100=lambda f: 100.0 * f["right_party_contacts"].astype("float64") / f["calls"].astype("float64"),
    )[["weekday", "local_hour", "per_100"]]
    hours = list(range(int(frame["local_hour"].min()), int(frame["local_hour"].max()) + 1))
    base = alt.Chart(shown).encode(
        x=alt.X(
            "local_hour:O", title="local hour of the call", axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=hours)
        ),
        y=alt.Y("weekday:N", sort=list(WEEKDAYS), scale=alt.Scale(domain=list(WEEKDAYS)), title=None),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("per_100:Q", scale=alt.Scale(scheme="blues", domainMin=0), legend=None)
    )
    half = 0.55 * float(shown["per_100"].max() or 1)
    texts = base.mark_text(fontSize=10).encode(
        text=alt.Text("per_100:Q", format=".0f"),
        color=alt.condition(f"datum.per_100 > {half}", alt.value("white"), alt.value(INK)),
    )
    return svg(cells + texts, "Right-party contacts per 100 calls by weekday and hour", 230)


def funnel(frame: pd.DataFrame) -> str:
    """Accounts by how far the period's work got with them, each step with its share of the first.

    Args:
        frame: `step_order`, `step`, `account_count`.
    """
    ordered = frame.sort_values("step_order")
    steps = [STEPS.get(step, step.replace("_", " ")) for step in ordered["step"]]
    counts = ordered["account_count"].astype("int64").tolist()
    first = counts[0] or 1
    shown = pd.DataFrame(
        {
            "step": steps,
            "accounts": counts,
            "label": [
                f"{count:,} ({100 * count / first:.1f} %)" if place else f"{count:,}"
                for place, count in enumerate(counts)
            ],
        }
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("step:N", sort=steps, title=None),
        x=alt.X(
            "accounts:Q", title="accounts", axis=alt.Axis(format=",d", tickCount=4, tickMinStep=1),
            scale=alt.Scale(domain=[0, 1.35 * max(first, *counts)], nice=False),
        ),
    )  # fmt: skip
    bars = base.mark_bar(color=ACCENT)
    labels = base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text="label:N")
    return svg(bars + labels, "Accounts from assigned to kept promises", bars_height(len(shown)))


def recovery_curve(frame: pd.DataFrame) -> str:
    """Share of accounts past due that have recovered by days past due (Kaplan–Meier).

    Args:
        frame: `days`, `recovered_share` in [0, 1], ascending.
    """
    shown = pd.DataFrame(
        {"days": frame["days"].astype("int64"), "share": frame["recovered_share"].astype("float64")}
    ).sort_values("days")
    base = alt.Chart(shown).encode(
        x=alt.X("days:Q", title="days since the account fell past due"),
        y=alt.Y(
            "share:Q", title="recovered, % of accounts", scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
    )  # fmt: skip
    area = base.mark_area(color=ACCENT, opacity=0.12, interpolate="step-after")
    line = base.mark_line(color=ACCENT, strokeWidth=2, interpolate="step-after")
    half = alt.Chart(pd.DataFrame({"share": [0.5]})).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(y="share:Q")
    return svg(area + line + half, "Share of accounts recovered by days past due", 220)


def list_against_control(effect: float, low: float, high: float, currency: str) -> str:
    """Recovered per account, list less control: a point, its 95 % interval, and no difference as a line.

    Args:
        effect: Major units of `currency` an account; `low` and `high` are the interval's ends.
    """
    frame = pd.DataFrame({"who": ["list less control"], "effect": [effect], "low": [low], "high": [high]})
    title = f"more recovered per account, {currency}"
    base = alt.Chart(frame).encode(y=alt.Y("who:N", title=None))
    x = alt.X("effect:Q", title=title, axis=alt.Axis(tickCount=5))
    whisker = base.mark_rule(color=ACCENT, strokeWidth=3).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    point = base.mark_point(filled=True, color=ACCENT, size=110, opacity=1).encode(x=x)
    label = base.mark_text(dy=-14, color=INK, fontSize=11).encode(x=x, text=alt.Text("effect:Q", format=".2f"))
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=SECOND, strokeWidth=2).encode(x="zero:Q")
    return svg(zero + whisker + point + label, "Recovered per account, list less control, 95 percent interval", 110)
