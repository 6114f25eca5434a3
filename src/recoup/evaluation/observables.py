"""What a careful observer of a made-up company could know of each account and call, from its rows as they come.

A company lived in memory, without databases: its events are noted day by day as its sources would record them, and at
chosen days each account past due is described by what was known then. The columns are named and meant as those of
features.ftr_account_day, counted here anew: ten times a thousand customers cost seconds, not hours. Nothing that only
the truth knows (a person's class, hazard, lift or habit) goes into a description.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from recoup.synthetic.columns import Array
from recoup.synthetic.engine import Simulation
from recoup.synthetic.live import take_changes
from recoup.synthetic.paying import standing
from recoup.synthetic.profile import Profile
from recoup.synthetic.responses import copied
from recoup.synthetic.world import EPOCH, FAILED, POINT_TYPES, SETTLED, World, day_number, new_world, today

LONG_AGO = 999.0
GRACE_DAYS = 2


@dataclass
class Events:
    """Events so far, as lists of arrays: one array a column and day."""

    rows: dict[str, list[tuple[Array, ...]]] = field(default_factory=dict)

    def add(self, name: str, *columns: Array) -> None:
        """Note events of one day, columns of equal length."""
        if len(columns[0]):
            self.rows.setdefault(name, []).append(columns)

    def of(self, name: str, width: int) -> tuple[Array, ...]:
        """All events of a name, float64 columns (n,)."""
        parts = self.rows.get(name, [])
        if not parts:
            return tuple(np.empty(0) for _ in range(width))
        joined = tuple(np.concatenate([part[k] for part in parts]).astype(np.float64) for k in range(width))
        self.rows[name] = [joined]
        return joined


@dataclass
class Observer:
    """Watches a simulation and describes its accounts."""

    world: World
    events: Events = field(default_factory=Events)
    invoices_seen: int = 0

    def note(self, simulation: Simulation) -> None:
        """Take the newest day's events, and let the simulation forget its rows."""
        world, chunks, day = self.world, simulation.out.chunks, self.world.day
        account_of = _account_of_debt(world)
        for chunk in chunks.get("attempts", ()):
            outbound = np.broadcast_to(np.asarray(chunk["direction"]), chunk[""]) == 0
            account = account_of[chunk["debt_ids"].max(axis=1)][outbound]
            channel = np.broadcast_to(np.asarray(chunk["channel"]), chunk[""])[outbound]
            person, point = chunk["person_id"][outbound], chunk["contact_point_id"][outbound]
            local = chunk["started_at"][outbound] // 1_000_000 + today(day, 0, world.time_zone).offsets[
                world.persons.zone[person]]  # fmt: skip
            right = np.where(chunk["right_party"][outbound] == 1, 1, 0)
            when = np.full(len(account), day)
            self.events.add("attempts", account, when, (channel == 0) & (right == 1))
            calls = channel == 0
            self.events.add(
                "calls", point[calls], person[calls], when[calls], (local % 86_400 // 3600)[calls], right[calls]
            )
        for chunk in chunks.get("promises", ()):
            self.events.add(
                "promises", chunk["account_id"], np.full(chunk[""], day), chunk["due_on"], chunk["amount_cents"]
            )
        for chunk in chunks.get("payments", ()):
            failed = np.broadcast_to(np.asarray(chunk["status"]), chunk[""]) == FAILED
            self.events.add("failures", chunk["account_id"][failed], np.full(int(failed.sum()), day))
        payments, invoices = world.payments, world.invoices
        came = np.flatnonzero((payments.settle_on == day) & (payments.status == SETTLED) & ~payments.recovery)
        self.events.add("cash", payments.account[came], np.full(len(came), day), payments.amount[came])
        fresh = np.flatnonzero(invoices.number >= self.invoices_seen)
        self.events.add("billed", invoices.account[fresh], invoices.due[fresh])
        self.invoices_seen = int(invoices.number.max(initial=self.invoices_seen - 1)) + 1
        late = np.flatnonzero((invoices.open > 0) & (invoices.due == day - 1))
        self.events.add("late", invoices.account[late], invoices.due[late])
        chunks.clear()
        simulation.out.replaced.clear()

    def calls(self) -> pd.DataFrame:
        """Every outbound call, as `recoup_ml.habits` takes them."""
        point, person, day, hour, right = self.events.of("calls", 5)
        on = pd.to_datetime(pd.Series(day, dtype="int64"), unit="D")
        return pd.DataFrame({
            "point_key": point.astype(np.int64), "person_key": person.astype(np.int64),
            "point_type": self.kinds(point.astype(np.int64)), "on_date": on,
            "local_hour": hour.astype(np.int64), "local_weekday": on.dt.dayofweek + 1, "attempts": 1,
            "right_parties": right.astype(np.int64),
        })  # fmt: skip

    def kinds(self, points: Array) -> Array:
        """Type of each contact point, text (n,)."""
        return np.array([*POINT_TYPES, "none"])[self.world.points.type[points]]

    def describe(self) -> pd.DataFrame:
        """Accounts past due at the end of the newest day: `account` (position), `past_due_cents`, and what is known."""
        world, day = self.world, self.world.day
        morning = copied(world)
        standing(morning, today(day + 1, world.seed, world.time_zone))
        table, invoices, n = morning.accounts, morning.invoices, len(morning.accounts)
        rows = np.flatnonzero(table.past_due > 0)
        is_open = invoices.open > 0
        on = EPOCH + timedelta(days=day)
        cash, failures, attempts = self.events.of("cash", 3), self.events.of("failures", 2), self.events.of(
            "attempts", 3)  # fmt: skip
        billed, late = self.events.of("billed", 2), self.events.of("late", 2)
        spoke = tuple(column[attempts[2] > 0] for column in attempts)
        last_paid = _newest(cash[0], cash[1], n)
        known: dict[str, Array] = {
            "account_age_days": day - table.opened_on, "balance_cents": table.balance,
            "past_due_cents": table.past_due, "days_past_due": table.days_past_due - 1,
            "open_invoice_count": np.bincount(invoices.account[is_open], minlength=n),
            "past_due_invoice_count": np.bincount(invoices.account[is_open & (invoices.due <= day)], minlength=n),
            "payments_90d_count": _count(cash[0], cash[1] > day - 90, n),
            "payments_90d_cents": np.bincount(
                cash[0].astype(np.int64), weights=np.where(cash[1] > day - 90, cash[2], 0), minlength=n
            ),
            "failed_payments_90d_count": _count(failures[0], failures[1] > day - 90, n),
            "days_since_last_payment": day - last_paid,
            "late_invoice_ratio_365d": _count(late[0], late[1] > day - 365, n)
            / np.maximum(_count(billed[0], (billed[1] > day - 365) & (billed[1] < day), n), 1),
            "attempts_30d_count": _count(attempts[0], attempts[1] > day - 30, n),
            "rpc_30d_count": _count(spoke[0], spoke[1] > day - 30, n),
            "attempts_90d_count": _count(attempts[0], attempts[1] > day - 90, n),
            "rpc_90d_count": _count(spoke[0], spoke[1] > day - 90, n),
            "days_since_last_attempt": day - _newest(attempts[0], attempts[1], n),
            "days_since_last_rpc": day - _newest(spoke[0], spoke[1], n),
            "last_payment_month_day": np.array(
                (last_paid.astype("datetime64[D]") - last_paid.astype("datetime64[M]")).astype(np.int64)
            ),
            "month_day": np.full(n, (on + timedelta(days=1)).day),
            "product": table.product, "segment": table.segment, "region": table.region,
            **self._promised(n),
        }  # fmt: skip
        frame = pd.DataFrame({name: values[rows].astype(np.float64) for name, values in known.items()})
        never = frame[["days_since_last_payment", "days_since_last_attempt", "days_since_last_rpc"]] > 5000
        frame = frame.mask(never.reindex(columns=frame.columns, fill_value=False))
        return frame.assign(account=rows)

    def _promised(self, n: int) -> dict[str, Array]:
        day = self.world.day
        account, made, due, amount = self.events.of("promises", 4)
        paid_account, paid_on, paid = self.events.of("cash", 3)
        promises = pd.DataFrame(
            {"account": account, "made": made, "due": due, "amount": amount, "number": range(len(made))}
        )
        promises = promises[promises["made"] > day - 180]
        pairs = promises.merge(pd.DataFrame({"account": paid_account, "on": paid_on, "paid": paid}), on="account")
        pairs = pairs[(pairs["on"] >= pairs["made"]) & (pairs["on"] <= pairs["due"] + GRACE_DAYS)]
        got = pairs.groupby("number")["paid"].sum().reindex(promises["number"]).fillna(0).to_numpy()
        kept = got >= promises["amount"].to_numpy()
        over = promises["due"].to_numpy() + GRACE_DAYS < day
        key, amount = promises["account"].to_numpy(), promises["amount"].to_numpy()
        return {
            "promises_180d_count": _count(key, np.ones(len(key), bool), n),
            "kept_promises_180d_count": _count(key, kept, n),
            "broken_promises_180d_count": _count(key, ~kept & over, n),
            "has_open_promise": _count(key, ~kept & ~over, n) > 0,
            "open_promise_cents": np.bincount(
                key.astype(np.int64), weights=np.where(~kept & ~over, amount, 0), minlength=n
            ),
        }  # fmt: skip


def lived(
    profile: Profile, seed: int, customers: int, months: int, as_of_date: date, time_zone: str
) -> Iterator[tuple[date, Observer]]:
    """Live a company as `synthetic.create` does, in memory, and give each day with what was observed by its end.

    Equal parameters give the company that `create` makes.
    """
    first = as_of_date.year * 12 + as_of_date.month - 1 - months
    start = date(first // 12, first % 12 + 1, 1)
    world = new_world(profile, seed, time_zone, day_number(start), day_number(as_of_date) + 1)
    simulation, observer = Simulation(world), Observer(world)
    layouts = dict(simulation.out.layouts)
    simulation.found(max(1, round(customers / (1 + profile.growth_monthly) ** months)))
    last = day_number(as_of_date)
    while world.day < last:
        simulation.step()
        observer.note(simulation)
        on = EPOCH + timedelta(days=world.day)
        if (on + timedelta(days=1)).day == 1 and world.day < last:
            take_changes(world, layouts, everything=False)
        yield on, observer


def _account_of_debt(world: World) -> Array:
    """Account of each debt number; the last entry stands for no debt."""
    debts = world.accounts.debts
    found = np.full(world.counters.get("debt", 0) + 1, -1)
    row, column = np.nonzero(debts >= 0)
    found[debts[row, column]] = row
    return found


def _count(account: Array, which: Array, n: int) -> Array:
    return np.bincount(account[which].astype(np.int64), minlength=n)


def _newest(account: Array, day: Array, n: int) -> Array:
    """Newest day of each account, far in the past where there is none."""
    newest = np.full(n, -10_000.0)
    np.maximum.at(newest, account.astype(np.int64), day)
    return newest.astype(np.int64)
