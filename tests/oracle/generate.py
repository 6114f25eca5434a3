"""Histories of 28 days, drawn so that they lie at the edges of the rules.

Everything is drawn from one `random.Random`: a seeded one makes the same history again, hypothesis' own shrinks it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

from .draft import Draft
from .generate_contacts import attempts, scrubs
from .history import (
    Account,
    Company,
    Consent,
    Debt,
    Dispute,
    History,
    Invoice,
    Party,
    Point,
    Status,
)

T = TypeVar("T")

STARTS = (
    date(2021, 11, 6),  # November's night, and Regulation F from the 30th
    date(2022, 10, 20),  # Oklahoma from the 1st, November's night on the 6th
    date(2023, 12, 15),  # Maryland from the 1st
    date(2024, 2, 29),  # a leap day; March's night on the 10th
    date(2024, 10, 20),
    date(2025, 2, 22),
    date(2025, 4, 1),  # revoking by any means from the 11th
    date(2025, 5, 2),  # Florida's e-mail exempt from the 16th
    date(2025, 8, 15),  # Texas from the 1st
    date(2025, 10, 20),
    date(2026, 2, 24),
    date(2026, 8, 20),  # New York City from the 1st
    date(2026, 10, 15),
)
HOMES: tuple[tuple[str, str, str], ...] = (  # postal code, area code, region
    ("02139", "617", "MA"), ("02139", "617", "MA"), ("10001", "212", "NY"), ("10001", "212", "NY"),
    ("98101", "206", "WA"), ("98101", "206", "WA"), ("33101", "305", "FL"), ("32401", "850", "FL"),
    ("77001", "713", "TX"), ("79901", "915", "TX"), ("94105", "415", "CA"), ("85001", "602", "AZ"),
    ("86503", "928", "AZ"), ("46204", "317", "IN"), ("46349", "219", "IN"), ("A1A 1A1", "709", "NL"),
    ("K1A 0B1", "613", "ON"), ("96801", "808", "HI"), ("99501", "907", "AK"), ("96910", "671", "GU"),
    ("73101", "405", "OK"), ("21201", "410", "MD"), ("53202", "414", "WI"), ("39201", "601", "MS"),
    ("90210", "+44", "GB"),
)  # fmt: skip
STRANGE_POSTAL_CODES = ("00000", "1234", "SW1A 1AA", "02139-4307")
STRANGE_AREA_CODES = ("999", "+63", "800", "+33")
STRANGE_REGIONS = ("XX", "NL", "GB", "SCT", None)
ROLES = ("first_party", "third_party", "debt_buyer")
SPANS = (
    "09:00-12:00", "22:00-06:00", "17:30-24:00", "00:00-24:00", "12:00-12:00", "20:00-09:30", "08:00-08:01", "mornings",
    "9-12", None,
)  # fmt: skip
PLACES = ("work", "home", "mobile", "the gym", None)
HOLDS = (
    "cease", "attorney", "do_not_contact", "deceased", "minor", "hardship", "fraud", "disaster", "revoke_all",
    "active_duty", "shift_preference", "callback_requested", "complaint", "erased",
)  # fmt: skip


def make_companies() -> tuple[Company, ...]:
    """The companies that histories are asked of: each role, and what a company can have declared."""
    return (
        Company("third_party"),
        Company("first_party", zone="America/Chicago"),
        Company("debt_buyer", zone="America/Los_Angeles", automated_voice=True),
    )


def make_odd_companies() -> tuple[Company, ...]:
    """Companies whose contact log ends too early, or is none."""
    return (
        Company("third_party", feed_until=date(2025, 3, 9)),
        Company("first_party", feed_until=None),
        Company("first_party", feed_until=None, has_contact_center=False),
        Company("debt_buyer", feed_until=None, has_contact_center=False, declared_none_on=date(2015, 1, 1)),
    )


def make_history(rng: Random, company: Company, prefix: str) -> History:
    """Draw a history whose ids all begin with `prefix`."""
    draft = Draft(rng, prefix, company, STARTS[rng.randrange(len(STARTS))])
    home = draft.pick(HOMES)
    _persons(draft)
    _accounts(draft, home)
    _points(draft, home)
    _validation(draft)
    _bills(draft)
    _consents(draft)
    _statuses(draft)
    attempts(draft)
    scrubs(draft)
    return History(
        company,
        tuple(draft.persons),
        tuple(draft.accounts),
        tuple(draft.parties),
        tuple(draft.debts),
        tuple(draft.points),
        _distinct(draft.consents, lambda c: (c.point_id, c.person_id, c.medium, c.purpose, c.at)),
        _distinct(draft.statuses, lambda s: (s.person_id, s.account_id, s.debt_id, s.status, s.from_at)),
        tuple(draft.attempts),
        tuple(draft.invoices),
        tuple(draft.disputes),
        _distinct(draft.scrubs, lambda s: (s.point_id, s.list, s.checked_at)),
    )


def _distinct(facts: list[T], key: object) -> tuple[T, ...]:
    """The facts, one of each natural key: a source has no two."""
    assert callable(key)
    return tuple({key(fact): fact for fact in facts}.values())


def _persons(draft: Draft) -> None:
    draft.persons.append(f"{draft.prefix}p1")
    if draft.chance(35):
        draft.persons.append(f"{draft.prefix}p2")


def _accounts(draft: Draft, home: tuple[str, str, str]) -> None:
    long_ago = draft.start - timedelta(days=900)
    other_role = draft.pick(("spouse", "spouse", "co_signer", "guardian", "third_party"))
    for number in range(1, 2 + draft.chance(35)):
        account_id = f"{draft.prefix}a{number}"
        opened_on = draft.start + timedelta(days=draft.pick((-800, -400, -100, 3, 14)))
        region = draft.pick(STRANGE_REGIONS) if draft.chance(8) else home[2]
        draft.accounts.append(Account(account_id, opened_on, region))
        to_on = draft.start + timedelta(days=draft.rng.randint(5, 20)) if draft.chance(4) else None
        draft.parties.append(Party(account_id, draft.persons[0], "obligor", long_ago, to_on))
        if len(draft.persons) > 1 and draft.chance(80):
            from_on = draft.start + timedelta(days=draft.rng.randint(1, 20)) if draft.chance(15) else long_ago
            draft.parties.append(Party(account_id, draft.persons[1], other_role, from_on))
        _debts(draft, account_id)


def _debts(draft: Draft, account_id: str) -> None:
    group = f"{draft.prefix}g" if draft.chance(25) else None
    for _ in range(draft.pick((0, 1, 1, 1, 2, 2, 3))):
        role = draft.pick(ROLES) if draft.chance(20) else draft.company.role
        years = draft.pick((1, 2, 3, 6))
        default_on = None
        if not draft.chance(10):
            default_on = draft.start.replace(year=draft.start.year - years, day=draft.rng.randint(1, 28))
        draft.debts.append(
            Debt(
                f"{draft.prefix}d{len(draft.debts) + 1}",
                account_id,
                role,
                group if draft.chance(70) else None,
                default_on=default_on,
            )
        )


def _points(draft: Draft, home: tuple[str, str, str]) -> None:
    has_postal_codes = not draft.chance(15)
    for person_id in draft.persons:
        count = draft.rng.randint(2, 5) if person_id == draft.persons[0] else 1
        for _ in range(count):
            here = draft.pick(HOMES) if draft.chance(18) else home
            medium = draft.pick(("voice", "voice", "voice", "sms", "sms", "email", "letter"))
            postal_code = here[0] if has_postal_codes and draft.chance(60) else None
            if has_postal_codes and draft.chance(2):
                postal_code = draft.pick(STRANGE_POSTAL_CODES)
            area_code = draft.pick(STRANGE_AREA_CODES) if draft.chance(3) else here[1]
            draft.points.append(
                Point(
                    f"{draft.prefix}c{len(draft.points) + 1}",
                    person_id,
                    medium,
                    draft.pick(("mobile", "mobile", "mobile", "home", "home", "home", "home", "work", None)),
                    postal_code,
                    area_code if medium in ("voice", "sms") else None,
                    draft.instant(-62, 20) if draft.chance(25) else None,
                    draft.instant(0, 20) if draft.chance(5) else draft.instant(-300, -100),
                    draft.instant(4, 27) if draft.chance(5) else None,
                )
            )


def _validation(draft: Draft) -> None:
    """Most were told of the debt long ago; some in the middle, some never, some more than once."""
    for _ in range(draft.pick((0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2))):
        kind = draft.rng.randrange(10)
        at = draft.instant(-200, -100) if draft.chance(60) else draft.instant(-32, 10)
        if kind < 7 or not draft.debts:
            draft.statuses.append(Status("validation_sent", at, person_id=draft.persons[0]))
        elif kind < 8:
            draft.statuses.append(Status("validation_sent", at, account_id=draft.pick(draft.accounts).account_id))
        else:
            draft.statuses.extend(Status("validation_sent", at, debt_id=debt.debt_id) for debt in draft.debts)


def _bills(draft: Draft) -> None:
    with_debts = {debt.account_id for debt in draft.debts}
    owners: list[tuple[str, str | None]] = [(debt.account_id, debt.debt_id) for debt in draft.debts]
    owners.extend((a.account_id, None) for a in draft.accounts if a.account_id not in with_debts or draft.chance(10))
    for account_id, debt_id in owners:
        number = len(draft.invoices) + 1
        issued_on = draft.start + timedelta(days=draft.pick((-90, -60, -60, -60, 5)))
        applied, applied_on = 0, None
        if draft.chance(15):
            applied = draft.pick((5_000, 10_000, 10_000, 12_000))
            applied_on = max(issued_on, draft.start + timedelta(days=draft.rng.randint(-5, 25)))
        draft.invoices.append(
            Invoice(f"{draft.prefix}i{number}", account_id, debt_id, issued_on, 10_000, applied, applied_on)
        )
        if draft.chance(6):
            opened_at = draft.instant(-40, 20)
            closed_at = opened_at + timedelta(hours=draft.rng.randint(1, 400)) if draft.chance(50) else None
            kind = draft.pick(("billing", "billing", "chargeback"))
            draft.disputes.append(
                Dispute(f"{draft.prefix}x{number}", f"{draft.prefix}i{number}", opened_at, closed_at, kind)
            )


def _consents(draft: Draft) -> None:
    """Given, revoked in the middle of a day, given again; of a point and of a person."""
    for point in draft.points:
        if point.medium in ("sms", "email") or draft.chance(20):
            if draft.chance(80):
                days = (-65, -20) if draft.chance(60) else (-30, 10)
                _say(draft, point, "given", draft.instant(*days))
            if draft.chance(25):
                at = draft.instant(0, 20)
                _say(draft, point, draft.pick(("revoked", "refused")), at)
                if draft.chance(50):
                    _say(draft, point, "given", at + timedelta(minutes=draft.pick((0, 1, 90, 3000))))


def _say(draft: Draft, point: Point, state: str, at: datetime) -> None:
    purpose = draft.pick(("collection", "collection", "servicing", "solicitation"))
    medium = "any" if draft.chance(3) else point.medium
    if draft.chance(80):
        draft.consents.append(Consent(medium, purpose, state, at, point_id=point.point_id))
    else:
        draft.consents.append(Consent(medium, purpose, state, at, person_id=point.person_id))


def _statuses(draft: Draft) -> None:
    for _ in range(draft.pick((0, 0, 0, 1, 1, 2, 3))):
        kind = draft.rng.randrange(10)
        if kind < 3:
            _stand(draft, "inconvenient_time", draft.pick(SPANS))
        elif kind < 4:
            _stand(draft, "inconvenient_place", draft.pick(PLACES))
        elif kind < 5:
            _bankruptcy(draft)
        elif kind < 7:
            disputed = _stand(draft, "dispute")
            if draft.chance(50):
                _follow(draft, disputed, "verification_sent")
        else:
            _stand(draft, draft.pick(HOLDS), draft.pick(SPANS))


def _stand(draft: Draft, status: str, detail: str | None = None) -> Status:
    from_at = draft.instant(-40, 22)
    to_at = from_at + timedelta(minutes=draft.rng.randint(1, 30_000)) if draft.chance(50) else None
    event = _about(draft, status, from_at, to_at, detail)
    draft.statuses.append(event)
    return event


def _about(draft: Draft, status: str, from_at: datetime, to_at: datetime | None, detail: str | None) -> Status:
    kind = draft.rng.randrange(10)
    if kind < 6:
        return Status(status, from_at, to_at, person_id=draft.pick(draft.persons), detail=detail)
    if kind < 8 or not draft.debts:
        return Status(status, from_at, to_at, account_id=draft.pick(draft.accounts).account_id, detail=detail)
    person_id = draft.persons[0] if kind == 8 else None
    return Status(status, from_at, to_at, person_id, debt_id=draft.pick(draft.debts).debt_id, detail=detail)


def _bankruptcy(draft: Draft) -> None:
    petition = _stand(draft, "bankruptcy_petition")
    if draft.chance(60):
        _follow(draft, petition, draft.pick(("bankruptcy_discharged", "bankruptcy_dismissed")))


def _follow(draft: Draft, event: Status, status: str) -> None:
    """A later event, mostly about the same thing."""
    at = event.from_at + timedelta(minutes=draft.pick((0, 1, 600, 5_000, 20_000)))
    if draft.chance(75):
        draft.statuses.append(Status(status, at, None, event.person_id, event.account_id, event.debt_id))
    else:
        draft.statuses.append(_about(draft, status, at, None, None))
