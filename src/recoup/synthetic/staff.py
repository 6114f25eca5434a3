"""Agents and their shifts, and what the company writes down day by day beside: costs, offers, exchange rates."""

from __future__ import annotations

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, Array
from recoup.synthetic.population import debt_columns
from recoup.synthetic.rows import Buffers
from recoup.synthetic.world import CURRENCIES, SECOND, Today, World

STAFF = 8  # subject of the day's random stream
SHIFTS = ((8, 16), (12, 20), (16, 25))  # local hours of the company's time zone: the last one serves the west coast
SKILL_SETS = (
    '{"en"}',
    '{"en","es"}',
    '{"en","hardship"}',
    '{"en","disputes"}',
    '{"en","fr"}',
    '{"en","es","settlement"}',
)


def hire(world: World, out: Buffers, today: Today) -> None:
    """Write the agents, once, when history begins."""
    n = world.profile.contacting.agents
    number = np.arange(n)
    skills = np.array(SKILL_SETS, dtype=object)[number % len(SKILL_SETS)]
    team = np.array(["early", "day", "late"], dtype=object)[number % len(SHIFTS)]
    out.emit(
        "agents", n, agent_id=number, team=team, skills=skills, cost_per_hour_cents=2400 + number % 5 * 150,
        recorded_at=today.at(3600),
    )  # fmt: skip


def agent_at(world: World, today: Today, start: Array, salt: Array) -> Array:
    """An agent on shift at each instant; -1 where nobody is. int64 (n,)."""
    n = world.profile.contacting.agents
    hour = (start - today.zero) / (3600 * SECOND)
    per_shift = [np.arange(n)[np.arange(n) % len(SHIFTS) == s] for s in range(len(SHIFTS))]
    chosen = np.full(len(start), -1, dtype=np.int64)
    for shift, (begins, ends) in enumerate(SHIFTS):
        there = (hour >= begins) & (hour < ends) & (chosen < 0) & (salt % 3 != shift)
        there |= (hour >= begins) & (hour < ends) & (chosen < 0)
        if len(per_shift[shift]):
            chosen = np.where(there, per_shift[shift][salt % len(per_shift[shift])], chosen)
    return chosen


def keep_books(world: World, out: Buffers, today: Today) -> None:
    """Today's shifts, rate, offers, agents' accounts, debts placed; on the first of the month the costs of the last."""
    rng, table, rules = today.rng(STAFF), world.accounts, world.profile.contacting
    if today.date.weekday() != 6:
        on = np.flatnonzero(rng.random(rules.agents) < 0.92)
        begins = np.array([s[0] for s in SHIFTS])[on % len(SHIFTS)]
        ends = np.array([s[1] for s in SHIFTS])[on % len(SHIFTS)]
        out.emit(
            "shifts", len(on), agent_id=on, starts_at=today.at(begins * 3600), ends_at=today.at(ends * 3600),
            recorded_at=today.at(3600),
        )  # fmt: skip
    rate = 0.73 + 0.02 * np.sin(today.day / 45) + 0.001 * rng.normal()
    out.emit(
        "fx_rates", 1, on=today.day, from_currency=CURRENCIES.index("CAD"), to_currency=CURRENCIES.index("USD"),
        rate=float(np.round(rate, 6)), recorded_at=today.at(1800),
    )  # fmt: skip
    active = np.flatnonzero(~table.closed)
    asked = active[rng.random(len(active)) < 0.01 / 30]
    made = today.at(rng.integers(9 * 3600, 20 * 3600, len(asked)))
    kind = np.where(table.past_due[asked] > 0, 0, rng.integers(1, 3, len(asked)))
    out.emit(
        "offers", len(asked), offer_id=world.number("offer", len(asked)), account_id=asked, kind=kind, made_at=made,
        outcome=(rng.random(len(asked)) > 0.22).astype(np.int8), amount_cents=rng.integers(5, 60, len(asked)) * 100,
        recorded_at=made + 3600 * SECOND,
    )  # fmt: skip
    due = np.flatnonzero((table.days_past_due >= 30) & (table.agent_on == NEVER))
    table.agent_on[due] = today.day
    out.emit(
        "assignments", len(due), account_id=due, agent_id=due % rules.agents, from_on=today.day, team=-1,
        recorded_at=today.at(4 * 3600),
    )  # fmt: skip
    row, debt = np.nonzero(table.debts[due] >= 0)
    out.replace(
        "debts", len(row), placed_on=today.day, recorded_at=today.at(4 * 3600), **debt_columns(world, due[row], debt)
    )
    if today.date.day == 1:
        size = max(len(active), 1)
        detail = np.arange(7)
        kinds = np.array([0, 0, 0, 1, 1, 1, 2])
        each = np.array([9, 7, 2, 4, 1, 0.3, 3]) * size * (0.9 + 0.2 * rng.random(7))
        out.emit(
            "costs", 7, on=today.day - 1, kind=kinds, detail=detail, amount_cents=np.rint(each).astype(np.int64) + 1,
            recorded_at=today.at(2 * 3600),
        )  # fmt: skip
    assert len(words.CHANNELS) == 7, "one cost line per channel"
