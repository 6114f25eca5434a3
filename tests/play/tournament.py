"""The two games that must come out one way: asked, nothing is found; not asked, all that the oracle finds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

import yaml
from oracle.history import Company
from oracle.judge import breaches
from psycopg import sql

from play.dialer import Dialer, Game
from recoup import warehouse
from recoup.day import Day
from recoup.settings import PROJECT_DIR, Settings
from recoup_audit.breaches import detect

SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
OF_THE_GATE = (
    "contact_rules", "limitation_periods", "postal_zones", "area_code_zones", "region_zones", "disposition_map",
)  # fmt: skip
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
    """Fill the seeds that the contact check reads, without dbt, and tell it of the company."""
    from recoup.gate.parameters import write_parameters

    types = {
        seed["name"]: seed.get("config", {}).get("column_types", {})
        for seed in yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    }
    with warehouse.connect("transformer", settings) as connection:
        for name in OF_THE_GATE:
            path = SEEDS / f"{name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                columns = next(csv.reader(file))
            table = sql.Identifier("policy", name)
            fields = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(types[name].get(column, "text")))
                for column in columns
            )
            connection.execute(sql.SQL("drop table if exists {} cascade").format(table))
            connection.execute(sql.SQL("create table {} ({})").format(table, fields))
            with (
                connection.cursor() as cursor,
                cursor.copy(sql.SQL("copy {} from stdin (format csv, header)").format(table)) as copy,
            ):
                copy.write(path.read_bytes())
    write_parameters(settings)
