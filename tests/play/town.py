"""A small town: households with several debts and phones, in many zones, a month of history behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from oracle.history import (
    Account,
    Attempt,
    Company,
    Consent,
    Debt,
    History,
    Invoice,
    Party,
    Point,
    Status,
)

HOMES: tuple[tuple[str, str, str], ...] = (  # postal code, area code, region
    ("02139", "617", "MA"), ("02139", "617", "MA"), ("10001", "212", "NY"), ("10001", "212", "NY"),
    ("98101", "206", "WA"), ("98101", "206", "WA"), ("33101", "305", "FL"), ("32401", "850", "FL"),
    ("77001", "713", "TX"), ("79901", "915", "TX"), ("94105", "415", "CA"), ("85001", "602", "AZ"),
    ("86503", "928", "AZ"), ("46204", "317", "IN"), ("46349", "219", "IN"), ("A1A 1A1", "709", "NL"),
    ("K1A 0B1", "613", "ON"), ("96801", "808", "HI"), ("99501", "907", "AK"), ("96910", "671", "GU"),
    ("73101", "405", "OK"), ("21201", "410", "MD"), ("53202", "414", "WI"), ("39201", "601", "MS"),
    ("SW1A 1AA", "+44", "GB"),
)  # fmt: skip


@dataclass
class Household:
    """A few persons who share accounts, and everything that happens to them; `history` shows it to the oracle."""

    company: Company
    persons: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)

    def history(self) -> History:
        """What is so by now."""
        return History(
            self.company, tuple(self.persons), tuple(self.accounts), tuple(self.parties), tuple(self.debts),
            tuple(self.points), tuple(self.consents), tuple(self.statuses), tuple(self.attempts),
            tuple(self.invoices),
        )  # fmt: skip


def make_household(rng: Random, company: Company, name: str, start: datetime) -> Household:
    """Draw a household as it stands at `start`.

    Args:
        name: Begins every key.
    """
    town = Household(company)
    home = HOMES[rng.randrange(len(HOMES))]
    before = start - timedelta(days=rng.randint(20, 400))
    couple = rng.random() < 0.35
    town.persons = [f"{name}p{number}" for number in range(1, 3 if couple else 2)]
    for number in range(1, rng.randint(1, 2) + 1):
        account_id = f"{name}a{number}"
        town.accounts.append(Account(account_id, (before - timedelta(days=300)).date(), home[2]))
        for position, person_id in enumerate(town.persons):
            role = "obligor" if position == 0 else ("spouse", "co_signer")[rng.randrange(2)]
            town.parties.append(Party(account_id, person_id, role, (before - timedelta(days=300)).date()))
        _add_debts(rng, town, account_id, name, before, start)
    for person_id in town.persons:
        _add_points(rng, town, person_id, home, before, start)
    return town


def _add_debts(rng: Random, town: Household, account_id: str, name: str, before: datetime, start: datetime) -> None:
    group = f"{name}g" if rng.random() < 0.25 else None
    for _ in range(rng.randint(1, 3)):
        debt_id = f"{name}d{len(town.debts) + 1}"
        default_on = (before - timedelta(days=rng.randint(30, 1_500))).date()
        town.debts.append(Debt(debt_id, account_id, town.company.role, group, "credit_card", default_on))
        town.invoices.append(Invoice(f"{debt_id}i", account_id, debt_id, default_on, 10_000))
        # some are told only while the game is on
        sent = before if rng.random() < 0.85 else start + timedelta(days=rng.randint(0, 8), hours=rng.randint(0, 23))
        town.statuses.append(Status("validation_sent", sent, None, None, account_id, debt_id))


def _add_points(
    rng: Random, town: Household, person_id: str, home: tuple[str, str, str], before: datetime, start: datetime
) -> None:
    kinds = [("voice", "mobile"), ("sms", "mobile"), ("email", None), ("letter", "home")]
    kinds += [("voice", "home")] if rng.random() < 0.5 else []
    kinds += [("voice", "work")] if rng.random() < 0.3 else []
    postal_code = home[0] if rng.random() < 0.9 else None
    moved = HOMES[rng.randrange(len(HOMES))][1] if rng.random() < 0.2 else home[1]
    for number, (medium, kind) in enumerate(kinds, start=1):
        point_id = f"{person_id}c{number}"
        area_code = None if medium in ("email", "letter") else moved if kind == "mobile" else home[1]
        verified_at = start - timedelta(days=rng.randint(1, 80)) if medium == "sms" and rng.random() < 0.5 else None
        town.points.append(
            Point(point_id, person_id, medium, kind, postal_code, area_code, verified_at, before - timedelta(days=100))
        )
        if rng.random() < 0.8:
            said = start - timedelta(days=rng.randint(0, 70), minutes=rng.randint(0, 600))
            town.consents.append(Consent(medium, "collection", "given", said, point_id, person_id))
