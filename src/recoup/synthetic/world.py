"""The company's whole state between two days, as tables of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from recoup.synthetic.columns import NEVER, NO_DAY, NO_TIME, Array, Table
from recoup.synthetic.geography import midnight_us, noon_offsets, places
from recoup.synthetic.profile import HOURS, Profile

SECOND = 1_000_000
DAY_US = 86_400 * SECOND
EPOCH = date(1970, 1, 1)
TEAMS = ("holdout", "explore", "habit")
HOLDOUT, EXPLORE, HABIT = 0, 1, 2
METHODS = ("card", "ach", "check")
CARD, ACH, CHECK = 0, 1, 2
CURRENCIES = ("USD", "CAD")
PAYMENT_STATUSES = ("pending", "settled", "failed", "returned")
PENDING, SETTLED, FAILED, RETURNED = 0, 1, 2, 3
INVOICE_STATUSES = ("draft", "open", "paid", "void", "uncollectible")
OPEN, PAID, VOID, UNCOLLECTIBLE = 1, 2, 3, 4
POINT_MEDIA = ("voice", "sms", "email", "letter")
POINT_TYPES = ("mobile", "home", "work")
COUNTERS = (
    "invoice", "line", "payment", "application", "adjustment", "dispute", "attempt", "promise", "plan", "offer",
    "first_attempt_on",
)  # fmt: skip
"""What is numbered; and the day number of the company's first attempt, 0 = there was none."""


@dataclass(frozen=True)
class Today:
    """The day being lived.

    Attributes:
        day: Days since 1970-01-01.
        zero: Local midnight (company time zone) in microseconds since 1970 UTC.
        offsets: Seconds to add to UTC per zone of geography.yml.
    """

    date: date
    day: int
    zero: int
    offsets: Array
    seed: int

    def rng(self, subject: int) -> np.random.Generator:
        """A stream of its own per seed, day and subject: one subject's draws never shift another's."""
        return np.random.default_rng([self.seed, self.day, subject])

    def at(self, seconds: Any) -> Any:
        """Instant `seconds` after local midnight, microseconds since 1970 UTC."""
        return self.zero + np.asarray(seconds, dtype=np.int64) * SECOND


def today(day: int, seed: int, time_zone: str) -> Today:
    """Clock of one day, counted from 1970-01-01, in the company's time zone."""
    on = EPOCH + timedelta(days=day)
    return Today(on, day, midnight_us(on, time_zone), noon_offsets(on, places().zone_names), seed)


def day_number(on: date) -> int:
    """Days since 1970-01-01."""
    return (on - EPOCH).days


@dataclass
class World:
    """Everything the engine carries from day to day. See `new_world` for the columns."""

    profile: Profile
    seed: int
    time_zone: str
    go_live_day: int
    day: int
    tables: dict[str, Table]
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))

    def __getattr__(self, name: str) -> Table:
        tables = self.__dict__.get("tables")
        if tables is None or name not in tables:
            raise AttributeError(name)
        table: Table = tables[name]
        return table

    def number(self, counter: str, count: int) -> Array:
        """Take the next `count` numbers, int64 (count,)."""
        first = self.counters[counter]
        self.counters[counter] = first + count
        return np.arange(first, first + count, dtype=np.int64)

    def touched(self, table: Table, rows: Array, when: Any, always: bool = False) -> None:
        """Rows changed at `when`: they are written again, and after go-live their `recorded_at` moves with it.

        Before go-live the source shows each row with the time it was first recorded: a table holds only the last state
        of a row, and a later state must not hide that the row was there. `always` moves it even then.
        """
        table.changed[rows] = True
        if always or self.day >= self.go_live_day:
            table.recorded[rows] = np.maximum(table.recorded[rows], when)


def new_world(profile: Profile, seed: int, time_zone: str, start_day: int, go_live_day: int) -> World:
    """An empty company, one day before `start_day`."""
    items = len(item_names(profile))
    day, flag, count, cents, when = "i4", "?", "i2", "i8", "i8"
    written: dict[str, tuple[Any, ...]] = {
        "recorded": (when, NO_TIME),
        "changed": (flag, True),
        "stored": (flag, False),
    }
    tables = {
        "persons": Table({
            "place": ("i2", 0), "zone": ("i2", 0), "other_zone": ("i2", 0), "business": (flag, False),
            "payer": ("i1", 0), "habit": ("i1", 0), "on_time": ("f4", 0), "hazard": ("f4", 0), "lift": ("f4", 0),
            "answers": ("f4", 0, (2, HOURS)), "payday": ("i1", 0), "team": ("i1", HABIT),
            "hardship_from": (day, NEVER), "hardship_to": (day, NEVER), "blocked_from": (day, NEVER),
            "blocked_to": (day, NEVER), "no_sms": (flag, False), "no_email": (flag, False),
            "point_first": ("i8", 0), "phones": ("i1", 0), "sms_point": ("i8", -1), "email_point": ("i8", -1),
            "calls": ("i1", 0, (7,)), "texts": ("i1", 0, (7,)), "mails": ("i1", 0, (7,)),
            "other_place": ("i2", 0), "shares_a_household": (flag, False), "text_consent_on": (day, NO_DAY),
            "stopped_by": ("i1", 0), "stopped_on": (day, NO_DAY), "not_at_work": (flag, False),
            "is_nowhere": (flag, False),
            "talked_on": (day, -10_000), "accounts": (count, 1), "attempts": ("i4", 0),
            "bankrupt_until": (day, NEVER), "barred_from": (day, NEVER), "barred_to": (day, NEVER),
            "not_before": ("i1", 8), "not_after": ("i1", 20),
        }),
        "points": Table({"person": ("i8", 0), "type": ("i1", -1), "zone": ("i2", 0), "wrong": (flag, False),
                         "dead": (flag, False), "reach": ("f4", 1)}),
        "accounts": Table({
            "person": ("i8", 0), "co_person": ("i8", -1), "product": ("i1", 0), "segment": ("i1", 0), "plan": ("i1", 0),
            "region": ("i2", 0), "currency": ("i1", 0), "terms": ("i1", 0), "cycle": ("i1", 1), "closed": (flag, False),
            "opened_on": (day, 0), "closed_on": (day, NO_DAY), "close_reason": ("i1", -1), "method": ("i1", 0),
            "autopay": (flag, False), "provider": ("i1", 0), "prices": ("i4", 0, (items,)),
            "items_end": (day, NEVER, (items,)),
            "means": ("f4", 0, (items,)), "discount": ("i4", 0), "discount_to": (day, NO_DAY),
            "discount_runs_to": (day, NO_DAY),
            "price_from": (day, 0, (items,)), "price_recorded": (when, NO_TIME, (items,)),
            "prices_next": ("i4", 0, (items,)), "reprice_on": (day, NEVER), "billed_to": (day, 0),
            "debts": ("i8", -1, (4,)),
            "balance": (cents, 0), "past_due": (cents, 0), "days_past_due": ("i4", 0), "boost": ("f4", 0),
            "boost_until": (day, 0), "promise_on": (day, NEVER), "promise_cents": (cents, 0),
            "promise_kept": (flag, False),
            "retry_on": (day, NEVER), "retries": ("i1", 0), "retry_of": ("i8", -1), "waits_until": (day, 0),
            "written_off": (cents, 0), "disputed_until": (day, 0), "short_pays": (flag, False),
            "agent_on": (day, NEVER),
            "plan_until": (day, 0), "spell_from": (day, NEVER), "touched_on": (day, NO_DAY),
            "first_left_on": (day, NO_DAY), "first_reason": ("i1", -1), "returned_on": (day, NO_DAY),
            "returned_stored": (flag, False), "billed": (flag, False),
            "fee_lapse_on": (day, NO_DAY), **written,
        }),
        "invoices": Table({
            "number": ("i8", 0), "account": ("i8", 0), "debt": ("i8", 0), "issued": (day, 0), "due": (day, 0),
            "due_written": (day, 0), "sent": (when, NO_TIME), "total": (cents, 0), "tax": (cents, 0),
            "open": (cents, 0),
            "status": ("i1", OPEN), "watched": (count, 0), "fee_done": (flag, False), "plan_on": (day, NEVER),
            "discount": (cents, 0), "discount_by": (day, NO_DAY), "spared": (flag, False), **written,
        }),
        "payments": Table({
            "number": ("i8", 0), "account": ("i8", 0), "amount": (cents, 0), "method": ("i1", 0),
            "provider": ("i1", -1),
            "status": ("i1", PENDING), "attempted": (when, NO_TIME), "settled": (when, NO_TIME), "decline": ("i2", -1),
            "retry_of": ("i8", -1), "settle_on": (day, NEVER), "hidden": (flag, False), "recovery": (flag, False),
            "watched": (flag, False), "discount": (cents, 0), "discount_invoice": ("i8", -1), **written,
        }),
        "credits": Table({"is_payment": (flag, True), "number": ("i8", 0), "account": ("i8", 0), "left": (cents, 0),
                          "since": (day, 0), "hold_until": (day, 0), "watched": (flag, False),
                          "invoice": ("i8", -1), "amount": (cents, 0), "received": (day, 0), "leak": ("i8", -1)}),
        "watches": Table({"payment": ("i8", 0), "account": ("i8", 0), "amount": (cents, 0), "chargeback": (flag, False),
                          "opens_on": (day, 0), "ends_on": (day, 0), "dispute": ("i8", -1), "lost": (flag, True),
                          "leak": ("i8", -1)}),
        "watched_applications": Table({"application": ("i8", 0), "payment": ("i8", 0), "invoice": ("i8", 0),
                                       "amount": (cents, 0)}),
        "disputes": Table({"number": ("i8", 0), "payment": ("i8", -1), "invoice": ("i8", -1), "account": ("i8", 0),
                           "chargeback": (flag, False), "amount": (cents, 0), "opened": (when, 0),
                           "evidence_due": (when, NO_TIME), "closed": (when, NO_TIME), "outcome": ("i1", -1),
                           "ends_on": (day, NEVER), **written}),
        "plans": Table({"number": ("i8", 0), "account": ("i8", 0), "agreed_on": (day, 0), "status": ("i1", 0),
                        "next_on": (day, NEVER), "instalment": (cents, 0), "left": (count, 0), **written}),
        "carried": Table({"account": ("i8", 0), "item": ("i2", 0), "begins": (day, NO_DAY), "ends": (day, NO_DAY),
                          "quantity": ("f8", 1), "price": ("i8", 0)}),
        "coming_credits": Table({"account": ("i8", 0), "amount": (cents, 0), "reason": ("i1", 0), "on": (day, 0),
                                 "invoice": ("i8", -1), "kind": ("i1", 0)}),
        "promises": Table({"number": ("i8", 0), "account": ("i8", 0), "made": (day, 0), "due": (day, 0),
                           "amount": (cents, 0), "paid": (cents, 0), "owed": (cents, 0), "leak": ("i8", -1)}),
        "write_offs": Table({"number": ("i8", 0), "account": ("i8", 0), "invoice": ("i8", 0), "amount": (cents, 0),
                             "left": (cents, 0), "leak": ("i8", -1)}),
        "breaches": Table({"attempt": ("i8", 0), "kind": ("i1", 0), "rule": ("i1", 0)}),
        "risks": Table({"cause": ("i1", 0), "account": ("i8", 0), "left": (cents, 0), "leak": ("i8", 0)}),
        "leaks": Table({"cause": ("i1", 0), "kind": ("i1", 0), "account": ("i8", 0), "amount": (cents, 0),
                        "recovered": (cents, 0), "on": (day, 0), "decidable": (day, 0), "entity": ("i1", 0),
                        "evidence": ("i8", -1), "item": ("i2", -1), "since": (day, NO_DAY),
                        "innocent": (flag, False)}),
    }  # fmt: skip
    return World(profile, seed, time_zone, go_live_day, start_day - 1, tables)


def item_names(profile: Profile) -> tuple[str, ...]:
    """All items of all products, in order: columns of the (accounts, items) arrays."""
    return tuple(dict.fromkeys(item.item for product in profile.products for item in product.items))


def debt_names(profile: Profile) -> tuple[str, ...]:
    """All kinds of debt, in order: columns of `accounts.debts`."""
    return tuple(dict.fromkeys(item.debt for product in profile.products for item in product.items))


def pick(rng: np.random.Generator, weights: Any, count: int) -> Array:
    """Draw positions by weight, int64 (count,)."""
    cumulative = np.cumsum(np.asarray(list(weights), dtype=np.float64))
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right").clip(max=len(cumulative) - 1)


def between(rng: np.random.Generator, low: Any, high: Any, count: int) -> Array:
    """Uniform float64 (count,) in [low, high)."""
    return np.asarray(low) + rng.random(count) * (np.asarray(high) - np.asarray(low))
