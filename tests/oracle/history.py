"""Facts of one person's life with a company, and the questions that are asked about them.

Plain data in the product's words. Instants are aware datetimes in UTC, days are company dates. A `History`
holds everything that the oracle may look at: nothing else exists.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Company:
    """What the company declared of itself.

    Attributes:
        role: Its own collector role.
        zone: Its time zone, IANA.
        feed_until: Newest company date whose contact log was pulled to the end; None = none ever was.
        has_contact_center: Whether there is a log to pull at all.
        declared_none_on: Day of the signed declaration that nobody was contacted before; None = no such thing.
        automated_voice: Calls are made by an autodialer or with an artificial voice.
    """

    role: str
    zone: str = "America/New_York"
    feed_until: date | None = date(2199, 12, 31)
    has_contact_center: bool = True
    declared_none_on: date | None = None
    automated_voice: bool = False


@dataclass(frozen=True)
class Account:
    account_id: str
    opened_on: date
    region: str | None = None


@dataclass(frozen=True)
class Party:
    account_id: str
    person_id: str
    role: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class Debt:
    debt_id: str
    account_id: str
    role: str
    group_key: str | None = None
    kind: str = "credit_card"
    default_on: date | None = None


@dataclass(frozen=True)
class Point:
    """A contact point. `area_code` is "212", or "+44" outside the plan +1; voice and SMS only."""

    point_id: str
    person_id: str
    medium: str
    type: str | None = None
    postal_code: str | None = None
    area_code: str | None = None
    verified_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class Consent:
    """A statement about one point, or (without one) about a person and a medium."""

    medium: str
    purpose: str
    state: str
    at: datetime
    point_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True)
class Status:
    status: str
    from_at: datetime
    to_at: datetime | None = None
    person_id: str | None = None
    account_id: str | None = None
    debt_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One contact of the log. `disposition` is the canonical one."""

    attempt_id: str
    person_id: str
    point_id: str
    channel: str
    started_at: datetime
    direction: str = "outbound"
    debt_ids: tuple[str, ...] | None = None
    disposition: str = "no_answer"
    connected: bool = False
    human: bool | None = None
    right_party: bool | None = None
    conversation: bool | None = None
    talk_seconds: int | None = None


@dataclass(frozen=True)
class Invoice:
    """A bill and what was matched to it on one day, both cents of one currency."""

    invoice_id: str
    account_id: str
    debt_id: str | None
    issued_on: date
    total_cents: int
    applied_cents: int = 0
    applied_on: date | None = None


@dataclass(frozen=True)
class Dispute:
    dispute_id: str
    invoice_id: str | None
    opened_at: datetime
    closed_at: datetime | None = None
    kind: str = "billing"


@dataclass(frozen=True)
class Scrub:
    """A look at a do-not-call list: state listed or clear."""

    point_id: str
    list: str
    state: str
    checked_at: datetime


@dataclass(frozen=True)
class History:
    """Everything that is so of a few persons who share accounts."""

    company: Company
    persons: tuple[str, ...]
    accounts: tuple[Account, ...] = ()
    parties: tuple[Party, ...] = ()
    debts: tuple[Debt, ...] = ()
    points: tuple[Point, ...] = ()
    consents: tuple[Consent, ...] = ()
    statuses: tuple[Status, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    scrubs: tuple[Scrub, ...] = ()
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, hash=False, repr=False)
    """What the oracle has already worked out of this history: days of instants, places. No fact."""


@dataclass(frozen=True)
class Question:
    """May this person be contacted about these debts here, over this channel, for this purpose, at this instant?"""

    person_id: str
    debt_ids: tuple[str, ...]
    point_id: str
    channel: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What the rules say: `attempts_remaining` is None where no cap binds."""

    is_allowed: bool
    rule_ids: frozenset[str]
    attempts_remaining: int | None


def readable(history: History, question: Question | None = None) -> str:
    """A history as a person reads it: one fact a line, only what is set, instants in UTC."""
    lines = [_line(history.company)]
    for group in (
        history.accounts,
        history.parties,
        history.debts,
        history.points,
        history.invoices,
        history.disputes,
        history.scrubs,
    ):
        lines.extend(map(_line, group))
    dated: list[tuple[datetime, str]] = [(c.at, _line(c)) for c in history.consents]
    dated.extend((s.from_at, _line(s)) for s in history.statuses)
    dated.extend((a.started_at, _line(a)) for a in history.attempts)
    lines.extend(line for _, line in sorted(dated))
    if question is not None:
        lines.append(_line(question))
    return textwrap.indent("\n".join(lines), "  ")


def _line(fact: Any) -> str:
    shown = ((f.name, getattr(fact, f.name)) for f in fields(fact))
    return f"{type(fact).__name__}({', '.join(_shown(shown))})"


def _shown(values: Iterable[tuple[str, Any]]) -> Iterable[str]:
    for name, value in values:
        if value is None or value == ():
            continue
        if isinstance(value, datetime):
            yield f"{name}={value:%Y-%m-%d %H:%M:%S}Z"
        else:
            yield f"{name}={value}"
