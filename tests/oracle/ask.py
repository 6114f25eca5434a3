"""Questions about a history: at every event, and a minute to each side of every edge that a rule knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .case import Case
from .draft import DAYS
from .history import History, Question
from .judge import debts_of

MINUTE = timedelta(minutes=1)
EDGES_OF_THE_DAY = (time(0), time(8), time(9), time(12), time(20), time(21))
PLAIN_HOURS = 5
PURPOSES = ("collection", "collection", "collection", "collection", "servicing", "solicitation", "location")


def questions_of(rng: Random, history: History, count: int = 30) -> list[Question]:
    """Draw `count` questions: instants from events and edges, each of a point, debts, channel and purpose."""
    instants = sorted(set(_instants(rng, history)))
    asked = []
    for _ in range(count):
        at = instants[rng.randrange(len(instants))] + (-MINUTE, timedelta(), MINUTE)[rng.randrange(3)]
        asked.append(_question(rng, history, at))
    return asked


def _question(rng: Random, history: History, at: datetime) -> Question:
    person_id = history.persons[0] if rng.randrange(10) else history.persons[-1]
    own = [p for p in history.points if p.person_id == person_id]
    point = own[rng.randrange(len(own))] if own else history.points[0]
    channel = point.medium
    if channel == "voice" and not rng.randrange(8):
        channel = "voicemail"
    point_id = point.point_id
    oddity = rng.randrange(60)
    if oddity == 0:
        channel = ("voice", "sms", "email", "letter")[rng.randrange(4)]
    elif oddity == 1:
        point_id = "nowhere"
    elif oddity == 2:
        point_id = history.points[rng.randrange(len(history.points))].point_id
    debts = debts_of(history, person_id) or debts_of(history, history.persons[0])
    if rng.randrange(3):
        debts = (debts[rng.randrange(len(debts))],)
    if not rng.randrange(60):
        debts = (*debts, "unheard-of")
    return Question(person_id, debts, point_id, channel, PURPOSES[rng.randrange(len(PURPOSES))], at)


def _instants(rng: Random, history: History) -> Iterator[datetime]:
    """Where an answer may change."""
    anchor = min((a.started_at for a in history.attempts), default=None)
    zones = sorted(_zones(history, anchor or _first_day(history)))
    zone = ZoneInfo(zones[rng.randrange(len(zones))])
    for attempt in history.attempts:
        yield attempt.started_at
        yield attempt.started_at + timedelta(hours=24)
        there = attempt.started_at.astimezone(zone)
        for days in (1, 7, 30):
            yield _local(there.date() + timedelta(days=days), time(0), zone)
            yield _local(there.date() + timedelta(days=days), time(8 + rng.randrange(12)), zone)
            yield _local(there.date() + timedelta(days=days - 1), time(12 + rng.randrange(8)), zone)
    for status in history.statuses:
        yield from (at for at in (status.from_at, status.to_at) if at)
        if status.status in ("validation_sent", "dispute"):
            yield status.from_at + timedelta(days=35)
    for consent in history.consents:
        yield consent.at
        there = consent.at.astimezone(ZoneInfo(history.company.zone))
        yield _local(there.date() + timedelta(days=60), time(0), ZoneInfo(history.company.zone))
        yield _local(there.date() + timedelta(days=59), time(12), ZoneInfo(history.company.zone))
    for point in history.points:
        yield from (at for at in (point.valid_to, point.verified_at) if at)
    for dispute in history.disputes:
        yield from (at for at in (dispute.opened_at, dispute.closed_at) if at)
    for scrub in history.scrubs:
        yield scrub.checked_at
    for invoice in history.invoices:
        if invoice.applied_on:
            yield _local(invoice.applied_on, time(0), ZoneInfo(history.company.zone))
    first = (anchor or _first_day(history)).date()
    for _ in range(6):
        day = first + timedelta(days=rng.randrange(DAYS))
        one = ZoneInfo(zones[rng.randrange(len(zones))])
        for clock in EDGES_OF_THE_DAY:
            yield _local(day, clock, one)
        for _ in range(PLAIN_HOURS):
            yield _local(day, time(9 + rng.randrange(11), rng.randrange(60)), one)


def _zones(history: History, at: datetime) -> frozenset[str]:
    asked = Question(history.persons[0], (), "", "voice", "collection", at)
    return Case(history, asked).counting_zones


def _first_day(history: History) -> datetime:
    dated = [s.from_at for s in history.statuses] + [c.at for c in history.consents]
    return max(dated, default=datetime(2025, 3, 1, 15, tzinfo=UTC))


def _local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
