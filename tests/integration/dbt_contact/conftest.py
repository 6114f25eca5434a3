"""A small company whose day has been built up to features and policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from recoup import synthetic, transform, warehouse
from recoup.day import Day
from recoup.landing import stages as landing
from recoup.settings import Settings

AS_OF_DATE = date(2026, 3, 31)
CUSTOMERS, MONTHS, SEED = 500, 9, 11


@dataclass
class BuiltCompany:
    """A synthetic company in a warehouse of its own.

    Attributes:
        day: The day that was built first.
    """

    settings: Settings
    day: Day

    def pull(self, day: Day) -> None:
        """Land what both sources say at the end of `day`."""
        landing.pull_billing_ledger(day, self.settings)
        landing.pull_contact_center(day, self.settings)

    def build(self, day: Day) -> None:
        """Build staging, marts, features and policy of `day`."""
        transform.build_staging(day, self.settings)
        transform.build_marts(day, self.settings)
        transform.build_features(day, self.settings)

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows that the transformer reads."""
        with warehouse.connect("transformer", self.settings) as connection:
            return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def built_company(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[BuiltCompany]:
    """Read it, or let days pass after `day`; nobody else may depend on later days."""
    with new_warehouse() as settings:
        synthetic.create(settings, AS_OF_DATE, CUSTOMERS, MONTHS, "telecom", SEED, lambda _: None)
        company = BuiltCompany(settings, Day.closing(AS_OF_DATE, settings.company.time_zone))
        company.pull(company.day)
        company.build(company.day)
        yield company
