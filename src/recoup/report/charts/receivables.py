"""Charts of what is owed: by age, how the day changed it, where it rolls, when it is collected, where it leaks."""

from __future__ import annotations

import altair as alt
import pandas as pd

from recoup.report.charts.look import ACCENT, AGE_COLORS, COHORT_COLORS, INK, SECOND, bars_height, svg

MOVES: tuple[tuple[str, str, int], ...] = (
    ("invoices_amount", "invoices", 1),
    ("fees_and_interest_amount", "fees and interest", 1),
    ("debit_adjustments_amount", "debit adjustments", 1),
    ("reversals_amount", "reversed payments", 1),
    ("applications_amount", "payments applied", -1),
    ("applied_credits_amount", "credits applied", -1),
    ("write_offs_amount", "write-offs", -1),
)
"""Column of ar_control_total, its name on the page, and its sign."""


def aging(frame: pd.DataFrame, currency: str) -> str:
    """Open receivables by aging bucket.

    Args:
        frame: `aging_bucket` in order, `open_amount` (major units).
        currency: ISO 4217 code of the amounts.
    """
    order = frame["aging_bucket"].tolist()
    colors = [AGE_COLORS[min(i, len(AGE_COLORS) - 1)] for i in range(len(order))]
    base = alt.Chart(frame[["aging_bucket", "open_amount"]]).encode(
        x=alt.X("aging_bucket:N", sort=order, title="days past due", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("open_amount:Q", title=f"open, {currency}", axis=alt.Axis(format="~s", tickCount=4)),
    )
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, stroke=INK, strokeWidth=0.4).encode(
        color=alt.Color("aging_bucket:N", scale=alt.Scale(domain=order, range=colors), legend=None)
    )
    labels = base.mark_text(dy=-6, color=INK, fontSize=11).encode(text=alt.Text("open_amount:Q", format=".3~s"))
    return svg(bars + labels, f"Open receivables by aging bucket in {currency}", 210)


def waterfall(control: pd.Series, currency: str) -> str:
    """How one day turned the opening receivables into the closing ones; the axis begins near the smaller end.

    Args:
        control: A row of ar_control_total: opening, movements and closing, major units.
    """
    steps = [{"step": "opening", "start": float(control["opening_amount"]), "kind": "balance", "change": None}]
    level = float(control["opening_amount"])
    for column, name, sign in MOVES:
        change = sign * float(control[column])
        if change:
            steps.append({"step": name, "start": level, "kind": "up" if change > 0 else "down", "change": change})
            level += change
    steps.append({"step": "closing", "start": float(control["closing_amount"]), "kind": "balance", "change": None})
    frame = pd.DataFrame(steps)
    frame["end"] = frame["start"] + frame["change"].fillna(0).astype("float64")
    frame["label"] = [
        f"{row.start:,.0f}" if pd.isna(row.change) else f"{row.change:+,.0f}".replace("-", "−")
        for row in frame.itertuples()
    ]
    frame["right"] = frame[["start", "end"]].max(axis=1)
    low, high = frame[["start", "end"]].min(axis=None), frame["right"].max()
    room = (high - low) or abs(high) or 1.0
    base = alt.Chart(frame).encode(y=alt.Y("step:N", sort=frame["step"].tolist(), title=None))
    scale = alt.Scale(domain=[low - 0.08 * room, high + 0.45 * room], nice=False, zero=False)
    x = alt.X("start:Q", title=f"receivables, {currency}", scale=scale, axis=alt.Axis(format="~s", tickCount=4))
    bars = (
        base.transform_filter("datum.kind != 'balance'")
        .mark_bar(height=14, stroke=INK, strokeWidth=0.4)
        .encode(
            x=x,
            x2="end:Q",
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["up", "down"], range=[SECOND, ACCENT]),
                title=None,
                legend=alt.Legend(orient="top", labelExpr="datum.label == 'up' ? 'adds to what is owed' : 'takes off'"),
            ),
        )
    )
    balances = (
        base.transform_filter("datum.kind == 'balance'").mark_point(filled=True, color=INK, size=70, shape="diamond")
    ).encode(x=x)
    labels = base.mark_text(align="left", dx=7, color=INK, fontSize=11).encode(x=alt.X("right:Q"), text="label:N")
    return svg(bars + balances + labels, f"Opening to closing receivables in {currency}", bars_height(len(frame)) + 24)


def roll_rates(frame: pd.DataFrame) -> str:
    """Share of each bucket's balance by where it is now: a row sums to 1.

    Args:
        frame: `from_bucket`, `from_order`, `to_state`, `to_order`, `roll_rate` in [0, 1].
    """
    shown = frame[["from_bucket", "to_state", "roll_rate"]].astype({"roll_rate": "float64"})
    shown["to_state"] = shown["to_state"].str.replace("_", " ")
    rows = frame.sort_values("from_order")["from_bucket"].drop_duplicates().tolist()
    columns = frame.sort_values("to_order")["to_state"].str.replace("_", " ").drop_duplicates().tolist()
    base = alt.Chart(shown).encode(
        x=alt.X("to_state:N", sort=columns, title="is now", axis=alt.Axis(labelAngle=-45, orient="top")),
        y=alt.Y("from_bucket:N", sort=rows, title="was, days past due"),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("roll_rate:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    )
    texts = (
        base.transform_filter("datum.roll_rate >= 0.005")
        .mark_text(fontSize=10.5)
        .encode(
            text=alt.Text("roll_rate:Q", format=".0%"),
            color=alt.condition("datum.roll_rate > 0.55", alt.value("white"), alt.value(INK)),
        )
    )
    return svg(cells + texts, "Share of each bucket by where its balance is now", 30 * len(rows) + 90)


def collection_curves(frame: pd.DataFrame) -> str:
    """Share of what fell due in a month that was collected, by days since it fell due, one line a month.

    Args:
        frame: `cohort_month` (date), `days_since_due`, `collected_share` in [0, 1]; complete ages only.
    """
    shown = pd.DataFrame(
        {
            "cohort": pd.to_datetime(frame["cohort_month"]).dt.strftime("%b %Y"),
            "days": frame["days_since_due"].astype("int64"),
            "share": frame["collected_share"].astype("float64"),
        }
    )
    months = [f"{month:%b %Y}" for month in sorted(pd.to_datetime(frame["cohort_month"]).unique())]
    low = max(0.0, 0.1 * int(10 * shown["share"].min()))
    base = alt.Chart(shown).encode(
        x=alt.X("days:Q", title="days since due", axis=alt.Axis(tickCount=6)),
        y=alt.Y(
            "share:Q", title="collected, % of what fell due", scale=alt.Scale(domain=[low, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
        color=alt.Color(
            "cohort:N", sort=months,
            scale=alt.Scale(domain=months, range=COHORT_COLORS[-len(months):]),
            title="fell due in", legend=alt.Legend(orient="bottom", columns=3),
        ),
    )  # fmt: skip
    lines = base.mark_line(strokeWidth=2) + base.mark_point(filled=True, size=26)
    newest = alt.Chart(shown[shown["cohort"] == months[-1]]).mark_point(size=80, color=INK)
    last = newest.encode(x="days:Q", y="share:Q")
    return svg(lines + last, "Share collected by days since due, by month in which it fell due", 280)


def leakage(frame: pd.DataFrame, currency: str) -> str:
    """At risk by cause, split into what was recovered and what is open; the most open first.

    Args:
        frame: `cause`, `at_risk_amount`, `recovered_amount`, `open_amount`, major units.
    """
    ordered = frame.sort_values(["open_amount", "cause"], ascending=[False, True])
    causes = [cause.replace("_", " ") for cause in ordered["cause"]]
    parts = pd.DataFrame(
        [
            {"cause": cause, "part": part, "amount": float(amount), "place": place}
            for cause, row in zip(causes, ordered.itertuples(), strict=True)
            for place, (part, amount) in enumerate((("open", row.open_amount), ("recovered", row.recovered_amount)))
        ]
    )
    totals = pd.DataFrame(
        {
            "cause": causes,
            "amount": ordered["at_risk_amount"].astype("float64").to_numpy(),
            "label": [f"{row.open_amount:,.0f} of {row.at_risk_amount:,.0f}" for row in ordered.itertuples()],
        }
    )
    top = float(totals["amount"].max()) or 1.0
    y = alt.Y("cause:N", sort=causes, title=None, axis=alt.Axis(labelLimit=190))
    bars = (
        alt.Chart(parts)
        .mark_bar(stroke=INK, strokeWidth=0.4)
        .encode(
            y=y,
            x=alt.X(
                "amount:Q",
                title=f"at risk, {currency}; beside it: open of at risk",
                axis=alt.Axis(format="~s", tickCount=3),
                scale=alt.Scale(domain=[0, 1.9 * top], nice=False),
            ),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=["open", "recovered"], range=[SECOND, ACCENT]),
                legend=alt.Legend(orient="top"),
            ),
            order="place:Q",
        )
    )
    labels = (
        alt.Chart(totals)
        .mark_text(align="left", dx=4, color=INK, fontSize=11)
        .encode(y=y, x="amount:Q", text="label:N")
    )
    return svg(bars + labels, f"Revenue leakage by cause in {currency}", bars_height(len(causes)) + 24)
