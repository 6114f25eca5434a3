"""A quarter of play: asking, the dialer breaks no rule in 90 days; not asking, every breach of the 90 days is found.

`make prove`; ten days of it are in tests/integration/breaches.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from oracle.history import Company
from play import tournament

from recoup.settings import Settings

pytestmark = [pytest.mark.prove, pytest.mark.timeout(7_200)]
WarehouseMaker = Callable[..., AbstractContextManager[Settings]]
START = date(2026, 2, 10)
"""The clocks go forward on 8 March."""


@pytest.mark.parametrize("role", ["third_party", "first_party", "debt_buyer"])
def test_asking_no_rule_is_broken_in_a_quarter(
    cluster: Settings, new_warehouse: WarehouseMaker, proof: dict[str, object], role: str
) -> None:
    game = tournament.asking(cluster, new_warehouse, Company(role), households=90, days=90, a_day=4, start_on=START)
    assert game.made > 4_000
    proof["asked"], proof["made"], proof["reasons"] = game.asked, game.made, len(game.reasons)


@pytest.mark.parametrize("role", ["third_party", "first_party", "debt_buyer"])
def test_not_asking_every_breach_of_a_quarter_is_found(
    cluster: Settings, new_warehouse: WarehouseMaker, proof: dict[str, object], role: str
) -> None:
    game = tournament.ignoring(cluster, new_warehouse, Company(role), households=40, days=90, a_day=1, start_on=START)
    proof["made"], proof["breaches"] = game.made, game.found_daily[-1]
