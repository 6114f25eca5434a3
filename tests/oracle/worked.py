"""A plain person to work cases by hand with: one account, one debt, one phone in Boston's or another place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .history import Account, Answer, Attempt, Company, Debt, History, Invoice, Party, Point, Question, Status
from .judge import judge

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = "America/New_York", *, fold: int = 0) -> datetime:
    """An instant from a wall clock, "2025-06-04 08:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def phone(postal_code: str | None = "19103", area_code: str | None = "215", **facts: Any) -> Point:
    """The person's mobile."""
    return replace(
        Point("c1", "p1", "voice", "mobile", postal_code, area_code, valid_from=LONG_AGO),
        **facts,
    )


def person(role: str = "third_party", point: Point | None = None, **facts: Any) -> History:
    """A person of Philadelphia who owes 100.00, was told so, and was never called."""
    owner = Party("a1", "p1", "obligor", date(2015, 1, 1))
    usual: dict[str, Any] = {
        "accounts": (Account("a1", date(2020, 1, 1), "PA"),),
        "parties": (owner,),
        "debts": (Debt("d1", "a1", role, default_on=date(2024, 1, 1)),),
        "points": (point or phone(),),
        "invoices": (Invoice("i1", "a1", "d1", date(2015, 1, 1), 10_000),),
    }
    told = Status("validation_sent", LONG_AGO, person_id="p1")
    statuses = (told, *facts.pop("statuses", ()))
    company = facts.pop("company", Company(role))
    return History(company, ("p1", "p2"), statuses=statuses, **{**usual, **facts})


def ask(history: History, instant: datetime, **facts: Any) -> Answer:
    """May they be called about the debt then?"""
    return judge(history, replace(Question("p1", ("d1",), "c1", "voice", "collection", instant), **facts))


def rules(history: History, instant: datetime, **facts: Any) -> set[str]:
    """The rules that block."""
    return set(ask(history, instant, **facts).rule_ids)


def calls(*instants: datetime, **facts: Any) -> tuple[Attempt, ...]:
    """Unanswered calls about the debt."""
    usual: dict[str, Any] = {"debt_ids": ("d1",)}
    return tuple(
        replace(Attempt(f"t{number:02d}", "p1", "c1", "voice", instant), **{**usual, **facts})
        for number, instant in enumerate(instants, 1)
    )


def every_day(first: str, count: int, zone: str = "America/New_York") -> list[datetime]:
    """The same wall clock on `count` days."""
    start = datetime.fromisoformat(first)
    return [at((start + timedelta(days=n)).isoformat(sep=" "), zone) for n in range(count)]
