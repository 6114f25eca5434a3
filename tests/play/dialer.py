"""The dialer: on a simulated clock it wants to contact somebody all the time, and asks the contact check, or does not.

What comes of a contact is drawn and written into raw at once: the next question meets it. Every night breach detection
looks at the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from oracle.history import Attempt, Company, Consent, History, Status

from play import raw_rows
from play.town import Household, make_household
from recoup import warehouse
from recoup.day import Day
from recoup.entities import FEEDS, Feed
from recoup.settings import Settings
from recoup_audit.breaches import detect

ASK = "select allowed, reservation_id, reasons from gate.contact_check(%s, %s::text[], %s, %s, 'collection', %s)"
OUTCOMES = (
    "no_answer",
    "busy",
    "answering_machine",
    "voicemail_left",
    "abandoned",
    "right_party_contact",
    "wrong_party",
)

CLOSING = timedelta(hours=10)
"""After midnight UTC the day is over in every company's zone, and its log has been pulled."""


@dataclass
class Game:
    """What came of it.

    Attributes:
        asked: Contacts that the dialer wanted to make.
        made: Outbound contacts that it made.
        found_daily: Findings that stood at the end of each day.
    """

    households: list[Household]
    asked: int = 0
    made: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    found_daily: list[int] = field(default_factory=list)

    def histories(self) -> list[History]:
        """Everything that happened, household by household."""
        return [household.history() for household in self.households]


class Dialer:
    """Plays day after day.

    Args:
        asks: Ask the contact check, and contact whenever it allows it; otherwise contact without asking.
        a_day: Contacts that it wants to make with each person a day.
    """

    def __init__(
        self,
        settings: Settings,
        company: Company,
        *,
        seed: str,
        households: int,
        start_on: date,
        asks: bool,
        a_day: int,
    ) -> None:
        self._rng = Random(seed)
        self._settings, self._asks, self._a_day, self._on = settings, asks, a_day, start_on
        start = datetime.combine(start_on, time(0), UTC)
        self.game = Game([make_household(self._rng, company, f"h{n:03d}", start) for n in range(households)])
        yesterday = start_on - timedelta(days=1)
        rows: dict[tuple[Feed, str], list[dict[str, Any]]] = {}
        for household in self.game.households:
            for place, found in raw_rows.rows_of(household.history()).items():
                rows.setdefault(place, []).extend(found)
        raw_rows.store(settings, rows, start + CLOSING, as_of_date=yesterday)
        detect(Day(yesterday, start), settings)

    def play(self, days: int) -> Game:
        """Play some days; breach detection runs each night."""
        for _ in range(days):
            self._live(self._on)
            detect(Day(self._on, datetime.combine(self._on + timedelta(days=2), time(0), UTC)), self._settings)
            with warehouse.connect("auditor", self._settings) as connection:
                row = connection.execute(
                    "select count(*) from audit.breach_findings where retracted_at is null"
                ).fetchone()
            self.game.found_daily.append(row[0] if row else -1)
            self._on += timedelta(days=1)
        return self.game

    def _live(self, on: date) -> None:
        """One day of UTC from its midnight: every hour of every zone comes in it."""
        midnight = datetime.combine(on, time(0), UTC)
        wishes = sorted(
            (midnight + timedelta(seconds=self._rng.randrange(86_400)), number, self._rng.random())
            for number in range(len(self.game.households))
            for _ in range(self._a_day * len(self.game.households[number].persons))
        )
        with (
            warehouse.connect("loader", self._settings, autocommit=True) as loader,
            warehouse.connect("dialer", self._settings, autocommit=True) as dialer,
        ):
            pulled_at = midnight + timedelta(days=1) + CLOSING
            batches = {feed: raw_rows.open_batch(loader, feed, on, pulled_at) for feed in FEEDS}
            for at, number, luck in wishes:
                household = self.game.households[number]
                if luck < 0.02:
                    self._call_in(household, at, loader, batches)
                else:
                    self._want(household, at, loader, dialer, batches)
            for feed, batch_id in batches.items():
                raw_rows.finish_batch(loader, feed, batch_id)

    def _want(self, household: Household, at: datetime, loader: Any, dialer: Any, batches: dict[Feed, int]) -> None:
        rng, game = self._rng, self.game
        person_id = household.persons[rng.randrange(len(household.persons))]
        points = [p for p in household.points if p.person_id == person_id]
        voice = [p for p in points if p.medium == "voice"]
        point = rng.choice(voice if rng.random() < 0.75 else points)
        channel = "voicemail" if point.medium == "voice" and rng.random() < 0.05 else point.medium
        count = rng.choice((1, 1, 1, 2))
        debt_ids = tuple(sorted({rng.choice(household.debts).debt_id for _ in range(count)}))
        game.asked += 1
        reservation = None
        if self._asks:
            row = dialer.execute(ASK, [person_id, list(debt_ids), point.point_id, channel, at]).fetchone()
            game.reasons.update(row[2] or [])
            if not row[0]:
                return
            reservation = row[1]
        game.made += 1
        attempt = self._outcome(
            f"{person_id}t{len(household.attempts):05d}", person_id, point.point_id, channel, at, debt_ids
        )
        household.attempts.append(attempt)
        if reservation is not None:
            dialer.execute("select gate.confirm_reservation(%s, %s)", [reservation, attempt.attempt_id])
        raw_rows.add(
            loader, "contact", "attempts", [raw_rows.attempt_row(attempt)], batches["contact"],
            at + timedelta(minutes=1),
        )  # fmt: skip
        self._aftermath(household, attempt, loader, batches)

    def _outcome(
        self, attempt_id: str, person_id: str, point_id: str, channel: str, at: datetime, debt_ids: Sequence[str]
    ) -> Attempt:
        rng = self._rng
        if channel not in ("voice", "voicemail"):
            return Attempt(attempt_id, person_id, point_id, channel, at, "outbound", tuple(debt_ids), "sent", True)
        outcome = OUTCOMES[rng.randrange(len(OUTCOMES) - 1)] if rng.random() < 0.93 else "wrong_party"
        talks = channel == "voice" and outcome == "right_party_contact"
        says_so = rng.random() < 0.7
        return Attempt(
            attempt_id, person_id, point_id, channel, at, "outbound", tuple(debt_ids), outcome, talks, talks,
            talks if says_so else None, talks if says_so else None, 120 if talks else 0,
        )  # fmt: skip

    def _call_in(self, household: Household, at: datetime, loader: Any, batches: dict[Feed, int]) -> None:
        """Somebody calls in and speaks: that opens the cooldown too."""
        person_id = household.persons[0]
        point = next(p for p in household.points if p.person_id == person_id and p.medium == "voice")
        attempt = Attempt(
            f"{person_id}t{len(household.attempts):05d}", person_id, point.point_id, "voice", at, "inbound", None,
            "right_party_contact", True, True, True, True, 200,
        )  # fmt: skip
        household.attempts.append(attempt)
        raw_rows.add(
            loader, "contact", "attempts", [raw_rows.attempt_row(attempt)], batches["contact"],
            at + timedelta(minutes=1),
        )  # fmt: skip
        self._aftermath(household, attempt, loader, batches)

    def _aftermath(self, household: Household, attempt: Attempt, loader: Any, batches: dict[Feed, int]) -> None:
        """What people say or do after a contact: rarely for good, so that the game goes on."""
        rng, at = self._rng, attempt.started_at + timedelta(minutes=4)
        debt = rng.choice(household.debts)
        draw = rng.random()
        status: Status | None = None
        if draw < 0.002:
            status = Status(
                ("cease", "do_not_contact", "bankruptcy_petition")[rng.randrange(3)], at, None, attempt.person_id
            )
        elif draw < 0.008:
            until = at + timedelta(days=rng.randint(1, 9))
            status = Status(("attorney", "hardship", "revoke_all")[rng.randrange(3)], at, until, attempt.person_id)
        elif draw < 0.012:
            status = Status("dispute", at, None, attempt.person_id, debt.account_id, debt.debt_id)
        elif draw < 0.018:
            status = Status("verification_sent", at, None, attempt.person_id, debt.account_id)
        elif draw < 0.028:
            detail = ("09:00-12:00", "17:30-24:00", "22:00-09:30")[rng.randrange(3)]
            status = Status("inconvenient_time", at, at + timedelta(days=12), attempt.person_id, detail=detail)
        elif draw < 0.031:
            status = Status("inconvenient_place", at, at + timedelta(days=12), attempt.person_id, detail="mobile")
        elif draw < 0.06:
            state = ("given", "given", "revoked", "refused")[rng.randrange(4)]
            medium = next(p.medium for p in household.points if p.point_id == attempt.point_id)
            of_point = attempt.point_id if rng.random() < 0.7 else None
            consent = Consent(medium, "collection", state, at, of_point, attempt.person_id)
            household.consents.append(consent)
            raw_rows.add(loader, "contact", "consents", [raw_rows.consent_row(consent)], batches["contact"], at)
        if status is not None:
            household.statuses.append(status)
            raw_rows.add(loader, "contact", "status_events", [raw_rows.status_row(status)], batches["contact"], at)
