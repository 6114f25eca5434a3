"""The two games that must come out one way: asked, nothing is found; not asked, all that the oracle finds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from oracle.history import Company
from oracle.judge import breaches
from policy_seeds import load_seeds

from play.dialer import Dialer, Game
from recoup import warehouse
from recoup.day import Day
from recoup.gate.parameters import write_parameters
from recoup.settings import Settings
from recoup_audit.breaches import detect

WarehouseMaker = Callable[..., AbstractContextManager[Settings]]
Finding = tuple[str, str]


def asking(cluster: Settings, new_warehouse: WarehouseMaker, company: Company, **game: Any) -> Game:
    """Play with the contact check's leave, and hold that no contact broke a rule, on any evening and looking back."""
    with new_warehouse(company=company_file(cluster, company)) as settings:
        load_the_gates_seeds(settings)
        played = Dialer(settings, company, seed=f"asks {company.role}", asks=True, **_fit(game)).play(game["days"])
        whole = look_back(settings, game["start_on"])
    assert played.found_daily == [0] * game["days"], sorted(whole)
    assert whole == set()
    assert played.made < played.asked / 2, "the check refused almost nothing"
    return played


def ignoring(cluster: Settings, new_warehouse: WarehouseMaker, company: Company, **game: Any) -> Game:
    """Play without asking, and hold that what was found night by night is what the oracle counts, and no other."""
    with new_warehouse(company=company_file(cluster, company)) as settings:
        played = Dialer(settings, company, seed=f"ignores {company.role}", asks=False, **_fit(game)).play(game["days"])
        nightly = found_in(settings)
        whole = look_back(settings, game["start_on"])
    expected = {finding for history in played.histories() for finding in breaches(history)}
    assert len(expected) > played.made / 4, "too few breaches for this to prove anything"
    assert nightly == expected, sorted(nightly ^ expected)[:20]
    assert whole == expected
    return played


def _fit(game: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in game.items() if name != "days"}


def look_back(settings: Settings, start_on: date) -> set[Finding]:
    """Judge the whole log at once, and give what then stands."""
    detect(Day(start_on, datetime.fromisoformat("2099-01-01T00:00:00+00:00")), settings, everything=True)
    return found_in(settings)


def found_in(settings: Settings) -> set[Finding]:
    """(attempt_id, rule_id) of the findings that stand."""
    with warehouse.connect("auditor", settings) as connection:
        rows = connection.execute("select attempt_id, rule_id from audit.breach_findings where retracted_at is null")
        return {(attempt_id, rule_id) for attempt_id, rule_id in rows}


def company_file(cluster: Settings, company: Company) -> Any:
    """The company file of an oracle's company."""
    contact = cluster.company.contact.model_copy(update={"automated_voice": company.automated_voice})
    return cluster.company.model_copy(
        update={"collector_role": company.role, "time_zone": company.zone, "contact": contact}
    )


def load_the_gates_seeds(settings: Settings) -> None:
    """Fill the seeds that the contact check reads, and tell it of the company."""
    load_seeds(settings)
    write_parameters(settings)
