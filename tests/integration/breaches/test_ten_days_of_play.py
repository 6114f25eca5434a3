"""A dialer that calls whenever the check allows it breaks no rule; of one that does not ask every breach is found.

Ten days here, a quarter in tests/prove/test_quarter_of_play.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from oracle.history import Company
from play import tournament

from recoup.settings import Settings

WarehouseMaker = Callable[..., AbstractContextManager[Settings]]
MARCH_NIGHT = date(2026, 3, 1)
"""The clocks go forward on the 8th."""


def test_asking_before_each_contact_no_rule_is_broken(cluster: Settings, new_warehouse: WarehouseMaker) -> None:
    game = tournament.asking(
        cluster, new_warehouse, Company("third_party"), households=14, days=10, a_day=5, start_on=MARCH_NIGHT
    )
    assert game.made > 100, "too few contacts were allowed for this to prove anything"


def test_asking_nobody_every_breach_is_found_and_no_other(cluster: Settings, new_warehouse: WarehouseMaker) -> None:
    tournament.ignoring(
        cluster, new_warehouse, Company("third_party"), households=10, days=10, a_day=3, start_on=MARCH_NIGHT
    )
