"""A history in the making: what has been drawn so far, and how to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from .history import (
    Account,
    Attempt,
    Company,
    Consent,
    Debt,
    Dispute,
    Invoice,
    Party,
    Point,
    Scrub,
    Status,
)

DAYS = 28
T = TypeVar("T")


@dataclass
class Draft:
    """A history in the making."""

    rng: Random
    prefix: str
    company: Company
    start: date
    persons: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    scrubs: list[Scrub] = field(default_factory=list)

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def pick(self, values: Sequence[T]) -> T:
        return values[self.rng.randrange(len(values))]

    def instant(self, first_day: int = 0, last_day: int = DAYS - 1) -> datetime:
        """Some second of the given days: mostly by day, also exactly on the hour, at night and at midnight."""
        day = self.start + timedelta(days=self.rng.randint(first_day, last_day))
        zone = ZoneInfo(self.pick(("America/New_York", "America/Los_Angeles", "America/St_Johns", "UTC")))
        kind = self.rng.randrange(10)
        if kind < 5:
            clock = time(self.rng.randint(9, 19), self.rng.randrange(60), self.rng.randrange(60))
        elif kind < 7:
            clock = time(self.pick((8, 20, 21)), 0)
        elif kind < 8:
            clock = time(self.pick((7, 19, 20)), 59, 59)
        elif kind < 9:
            clock = time(0, 0)
        else:
            clock = time(self.rng.randrange(24), self.rng.randrange(60))
        return datetime.combine(day, clock, zone).astimezone(UTC)
