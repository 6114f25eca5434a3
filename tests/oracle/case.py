"""One question before the facts: where the person may be, whose rules bind, what was said and what was tried before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from .history import Attempt, Consent, Debt, History, Party, Point, Question, Status
from .places import area_code_zones, postal_place, region_place

COLLECTORS = frozenset({"third_party", "debt_buyer"})
OWING_ROLES = frozenset({"obligor", "co_signer", "spouse", "guardian", "executor"})


def medium_of(channel: str) -> str:
    """The medium of a channel: a voicemail is a call."""
    return "voice" if channel == "voicemail" else channel


def local(history: History, at: datetime, zone: str) -> datetime:
    """Wall clock of an instant in a zone, by the IANA rules of that day."""
    known = history.memory.get((at, zone))
    if known is None:
        known = history.memory[at, zone] = at.astimezone(ZoneInfo(zone))
    return known


@dataclass(frozen=True)
class Matter:
    """One debt asked about: a debt held, or an account without debts (`debt` None)."""

    account_id: str
    debt: Debt | None

    @property
    def debt_id(self) -> str | None:
        return self.debt.debt_id if self.debt else None

    @property
    def unit(self) -> tuple[str, str]:
        """What counts as one debt: the group, the debt, or the account that has none."""
        if self.debt is None:
            return ("account", self.account_id)
        if self.debt.group_key is not None:
            return ("group", self.debt.group_key)
        return ("debt", self.debt.debt_id)


class Case:
    """A question with what the rules need to know for it.

    Args:
        asked_of: The logged contact that the question is asked of after the fact; None at the contact check.
    """

    def __init__(self, history: History, question: Question, asked_of: Attempt | None = None) -> None:
        self.history = history
        self.company = history.company
        self.question = question
        self.person_id = question.person_id
        self.at = question.at
        self.medium = medium_of(question.channel)
        self.purpose = question.purpose
        self.asked_of = asked_of
        self.company_day = local(history, question.at, self.company.zone).date()

    # -- whose debts

    def parties_of(self, person_id: str) -> Iterator[Party]:
        """Where the person stands on an account on the company date of the question."""
        for party in self.history.parties:
            if (
                party.person_id == person_id
                and party.from_on <= self.company_day
                and (party.to_on is None or self.company_day <= party.to_on)
            ):
                yield party

    @cached_property
    def account_ids(self) -> frozenset[str]:
        """Accounts that the person answers for."""
        roles = OWING_ROLES | {"third_party"} if self.purpose == "location" else OWING_ROLES
        return frozenset(party.account_id for party in self.parties_of(self.person_id) if party.role in roles)

    @cached_property
    def matters(self) -> list[Matter]:
        """What is asked about, as far as it is held and the person's."""
        found = []
        for asked in self.question.debt_ids:
            matter = self._matter(asked)
            if matter is not None and matter.account_id in self.account_ids:
                found.append(matter)
        return found

    def _matter(self, asked: str) -> Matter | None:
        for debt in self.history.debts:
            if debt.debt_id == asked:
                return Matter(debt.account_id, debt)
        for account in self.history.accounts:
            if account.account_id == asked and not any(d.account_id == asked for d in self.history.debts):
                return Matter(asked, None)
        return None

    @cached_property
    def roles(self) -> frozenset[str]:
        """The company's own collector role and those of the debts asked about."""
        return frozenset({self.company.role, *(m.debt.role for m in self.matters if m.debt)})

    # -- where the person may be

    @cached_property
    def valid_points(self) -> list[Point]:
        """The person's points that are valid on the company date of the question."""
        return [p for p in self.history.points if p.person_id == self.person_id and self.is_valid(p)]

    def is_valid(self, point: Point) -> bool:
        """Whether a point is valid on the company date of the question."""
        zone = self.company.zone
        begun = point.valid_from is not None and local(self.history, point.valid_from, zone).date() <= self.company_day
        ended = point.valid_to is not None and local(self.history, point.valid_to, zone).date() <= self.company_day
        return begun and not ended

    @cached_property
    def _where(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        """Zones (None = unknown) and jurisdictions."""
        key = ("where", self.person_id, self.company_day, self.account_ids)
        if key not in self.history.memory:
            self.history.memory[key] = self._find_where()
        found: tuple[frozenset[str] | None, frozenset[str]] = self.history.memory[key]
        return found

    def _find_where(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        zones: set[str] = set()
        jurisdictions: set[str] = set()
        is_known = True
        postal_codes = [p.postal_code for p in self.valid_points if p.postal_code is not None]
        if postal_codes:
            places = [postal_place(code) for code in postal_codes]
        else:
            regions = [a.region for a in self.history.accounts if a.account_id in self.account_ids and a.region]
            places = [region_place(region) for region in regions]
        for place in places:
            if place is None:
                is_known = False
            else:
                zones.update(place[0])
                jurisdictions.update(place[1])
        for point in self.valid_points:
            if point.medium in ("voice", "sms"):
                of_number = area_code_zones(point.area_code) if point.area_code else None
                if of_number is None:
                    is_known = False
                else:
                    zones.update(of_number)
        return (frozenset(zones) if is_known and zones else None), frozenset(jurisdictions)

    @property
    def zones(self) -> frozenset[str] | None:
        """The zone set; None where the place is unknown."""
        return self._where[0]

    @property
    def jurisdictions(self) -> frozenset[str]:
        return self._where[1]

    @cached_property
    def counting_zones(self) -> frozenset[str]:
        """Where local dates are taken: the zone set, or the company's zone where the place is unknown."""
        return self.zones or frozenset({self.company.zone})

    @cached_property
    def dates(self) -> frozenset[date]:
        """The local dates of the question."""
        return frozenset(local(self.history, self.at, zone).date() for zone in self.counting_zones)

    def is_in_force(self, since: date | None = None, until: date | None = None) -> bool:
        """Whether a rule of [since, until], both inclusive, is in force on any local date of the question."""
        return any((since is None or since <= d) and (until is None or d <= until) for d in self.dates)

    # -- the point

    @cached_property
    def point(self) -> Point | None:
        """The point asked about, if it is on record and the person's."""
        for point in self.history.points:
            if point.point_id == self.question.point_id and point.person_id == self.person_id:
                return point
        return None

    @cached_property
    def point_type(self) -> str:
        return self.point.type if self.point is not None and self.point.type else "unknown"

    # -- what was said

    def pairs(self) -> list[Matter | None]:
        """The debts that statuses are held against; a None where no debt asked about is known."""
        return list(self.matters) or [None]

    def concerns(self, status: Status, matter: Matter | None) -> bool:
        """Whether a status event speaks of this person and this debt."""
        if status.person_id is not None and status.person_id != self.person_id:
            return False
        if status.account_id is not None and (matter is None or matter.account_id != status.account_id):
            return False
        if status.debt_id is not None and (matter is None or matter.debt_id != status.debt_id):
            return False
        return status.person_id is not None or status.account_id is not None or status.debt_id is not None

    def standing(
        self, trigger: str, cleared_by: tuple[str, ...] = (), is_for_good: bool = False
    ) -> Iterator[tuple[Status, Matter | None]]:
        """Events of a status that bind at the question's instant, each with the debt that it binds.

        Args:
            cleared_by: Statuses that end it.
            is_for_good: Nothing ends it.
        """
        for status in self.history.statuses:
            if status.status != trigger or status.from_at > self.at:
                continue
            if not is_for_good and status.to_at is not None and status.to_at <= self.at:
                continue
            for matter in self.pairs():
                if self.concerns(status, matter) and not self.is_cleared(status, cleared_by):
                    yield status, matter

    def is_cleared(self, status: Status, cleared_by: tuple[str, ...]) -> bool:
        """Whether a later event that names the same, or less and so more, ended a status."""
        return any(
            other.status in cleared_by
            and status.from_at <= other.from_at <= self.at
            and other.person_id in (None, status.person_id)
            and other.account_id in (None, status.account_id)
            and other.debt_id in (None, status.debt_id)
            for other in self.history.statuses
        )

    def newest_statements(self, purposes: Iterable[str], of_point: bool) -> list[Consent]:
        """The newest statement of each purpose about this point, or about the person for the medium."""
        newest = []
        for purpose in purposes:
            said = [
                c
                for c in self.history.consents
                if c.medium in (self.medium, "any")
                and c.purpose == purpose
                and c.at <= self.at
                and self._is_about(c, of_point)
            ]
            if said:
                newest.append(max(said, key=lambda c: (c.at, STRICTNESS[c.state])))
        return newest

    def _is_about(self, consent: Consent, of_point: bool) -> bool:
        if of_point:
            return self.point is not None and consent.point_id == self.point.point_id
        return consent.point_id is None and consent.person_id == self.person_id

    # -- what was tried

    @cached_property
    def before(self) -> list[Attempt]:
        """Contacts of all persons of the history that began before the question."""
        if self.asked_of is None:
            return [a for a in self.history.attempts if a.started_at <= self.at]
        asked = (self.at, self.asked_of.attempt_id)
        return [a for a in self.history.attempts if (a.started_at, a.attempt_id) < asked]

    def is_about(self, attempt: Attempt, matter: Matter) -> bool:
        """Whether a contact counts for a debt: it names one of the unit, or none that is held."""
        named = [m for m in map(self._matter, attempt.debt_ids or ()) if m is not None]
        return not named or any(m.unit == matter.unit for m in named)

    def type_of(self, attempt: Attempt) -> str:
        """Type of the point that a contact used."""
        for point in self.history.points:
            if point.point_id == attempt.point_id:
                return point.type or "unknown"
        return "unknown"

    def most_in_any_zone(self, attempts: list[Attempt], days: int) -> int:
        """How many began in the last `days` local dates, today's included, where that makes the most."""
        most = 0
        for zone in self.counting_zones:
            today = local(self.history, self.at, zone).date()
            first = today - timedelta(days=days - 1)
            most = max(most, sum(first <= local(self.history, a.started_at, zone).date() <= today for a in attempts))
        return most


STRICTNESS = {"given": 0, "refused": 1, "revoked": 2}
"""Of equal instants the stricter statement counts."""
