"""Whom a rule binds, and the list that every rule enters itself in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .case import COLLECTORS, Case


@dataclass(frozen=True)
class Counted:
    """Contacts found in a rule's window, and how many it takes to block."""

    count: int
    cap: int


Verdict = bool | list[Counted]
RULES: list[tuple[str, Callable[[Case], Verdict]]] = []

REGULATION_F = date(2021, 11, 30)
BEFORE_REGULATION_F = date(2021, 11, 29)
FDCPA = date(1978, 3, 20)


def rule(rule_id: str) -> Callable[[Callable[[Case], Verdict]], Callable[[Case], Verdict]]:
    """Enter a function as (a part of) the rule of this name."""

    def enter(function: Callable[[Case], Verdict]) -> Callable[[Case], Verdict]:
        RULES.append((rule_id, function))
        return function

    return enter


def is_collection(case: Case) -> bool:
    """Rules on collecting bind offers too."""
    return case.purpose in ("collection", "servicing", "solicitation")


def is_offer(case: Case) -> bool:
    return case.purpose == "solicitation"


def has_collector(case: Case) -> bool:
    """The company or the holder of one of the debts collects for others, or bought the debt."""
    return bool(case.roles & COLLECTORS)


def has_creditor(case: Case) -> bool:
    """The company or the holder of one of the debts collects its own."""
    return "first_party" in case.roles


def binds_regulation_f(case: Case) -> bool:
    return has_collector(case) and case.is_in_force(since=REGULATION_F)


def binds_regulation_f_or_own_policy(case: Case) -> bool:
    """A creditor keeps the same rules by its own choice, whatever the date."""
    return has_creditor(case) or binds_regulation_f(case)


def binds_fdcpa_before(case: Case) -> bool:
    """15 USC 1692 ff, until Regulation F said it more closely."""
    return has_collector(case) and case.is_in_force(since=FDCPA, until=BEFORE_REGULATION_F)


def is_washington(case: Case) -> bool:
    is_there = "US-WA" in case.jurisdictions and case.is_in_force(since=date(2013, 7, 28))
    return has_collector(case) and is_there


def is_in_new_york_city(case: Case) -> bool:
    is_there = "US-NY-NYC" in case.jurisdictions and case.is_in_force(since=date(2026, 9, 1))
    return is_collection(case) and is_there
