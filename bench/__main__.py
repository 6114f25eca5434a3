"""The speed of a day: `python -m bench` (or `make bench`). Results go to the screen and to bench/results.json."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.bare import copy_seconds, dbt_and_psql_seconds, predict_seconds
from bench.history import lengthen
from bench.stage import Measured, measure
from recoup import synthetic, warehouse
from recoup.day import Day
from recoup.pipeline import STAGES
from recoup.settings import Settings, load_settings

FIRST_DAY = date(2026, 3, 30)
MONTHS = 18
BUILT_STAGES = ("staging", "marts", "features")
WHOLE_BUILD_CUSTOMERS = 50_000
"""Up to here dbt and psql are compared over the whole build; beyond it over staging, the largest tables: the whole
would take an hour a side and as much disk again."""
RESULTS = Path(__file__).parent / "results.json"
console = Console(width=120)
app = typer.Typer(add_completion=False)


@app.command()
def main(
    customers: Annotated[list[int] | None, typer.Option(help="A company size; repeat it for several.")] = None,
    history_customers: Annotated[int, typer.Option(help="Size of the company whose history is lengthened.")] = 2_000,
    times: Annotated[int, typer.Option(help="How much longer its history becomes; 0 = leave this part out.")] = 12,
) -> None:
    """Run the day at several sizes, then on a longer history, and print seconds, memory and ratios."""
    found: dict[str, Any] = {"machine": f"{platform.system()} {platform.machine()}", "sizes": {}, "history": {}}
    for size in customers or [20_000, 200_000]:
        found["sizes"][str(size)] = run_size(size)
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    if times:
        found["history"] = run_history(history_customers, times)
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    console.print(f"Kept in {RESULTS.name}.")


def run_size(customers: int) -> dict[str, Any]:
    """The first day (everything lands), then a normal day, and the bare limits, for one company."""
    with _scratch(f"bench_{customers}") as settings:
        _create(settings, customers)
        first = _run_day(FIRST_DAY, settings)
        synthetic.advance(settings, FIRST_DAY + timedelta(days=1), lambda _: None)
        normal = _run_day(FIRST_DAY + timedelta(days=1), settings)
        _print_days(f"{customers:,} customers, {MONTHS} months", first, normal)
        ratios = list(_ratios(customers, first, normal, settings))
    return {
        "first_day": {name: asdict(stage) for name, stage in first.items()},
        "normal_day": {name: asdict(stage) for name, stage in normal.items()},
        "ratios": {name: {"seconds": ours, "bare_seconds": bare, "over": over} for name, ours, bare, over in ratios},
    }


def _ratios(
    customers: int, first: dict[str, Measured], normal: dict[str, Measured], settings: Settings
) -> Iterator[tuple[str, float, float, str]]:
    """Name, our seconds, the bare limit's and what was measured; each is said at once, for the last take long."""
    day = Day.closing(FIRST_DAY + timedelta(days=1), settings.company.time_zone)
    landing = sum(first[name].seconds for name in ("pull_billing_ledger", "pull_contact_center"))
    copied, rows = copy_seconds(settings)
    yield _said("landing / COPY of the same rows", landing, copied, f"{rows:,} rows, first day")
    predicted = predict_seconds(day, settings)
    if predicted:
        seconds, slots = predicted
        scoring = normal["score_accounts"].seconds
        yield _said("scoring / Booster.predict in memory", scoring, seconds, f"{slots:,} slots")
    stages = BUILT_STAGES if customers <= WHOLE_BUILD_CUSTOMERS else BUILT_STAGES[:1]
    dbt, psql, statements = dbt_and_psql_seconds(day, settings, stages)
    over = f"{statements:,} statements, {', '.join(stages)} built from nothing"
    yield _said("dbt / the same SQL through psql", dbt, psql, over)


def _said(name: str, ours: float, bare: float, over: str) -> tuple[str, float, float, str]:
    console.print(f"  {name}: {ours:.2f} s / {bare:.2f} s = {ours / bare:.1f}, over {over}", highlight=False)
    return name, ours, bare, over


def run_history(customers: int, times: int) -> dict[str, Any]:
    """A normal day on a history and on one `times` as long, with the same open accounts and the same changes."""
    days: dict[str, dict[str, Measured]] = {}
    rows: dict[str, int] = {}
    for name in ("plain", "long"):
        with _scratch(f"bench_{name}") as settings:
            _create(settings, customers)
            if name == "long":
                rows["plain"], rows["long"] = lengthen(settings, FIRST_DAY, times)
            _run_day(FIRST_DAY, settings)
            synthetic.advance(settings, FIRST_DAY + timedelta(days=1), lambda _: None)
            days[name] = _run_day(FIRST_DAY + timedelta(days=1), settings)
    title = f"A normal day on {rows['plain']:,} and on {rows['long']:,} source rows, same open accounts"
    table = Table("stage", "plain, s", "long, s", "ratio", title=title, title_justify="left")
    for name, stage in days["plain"].items():
        longer = days["long"][name].seconds
        table.add_row(name, f"{stage.seconds:.2f}", f"{longer:.2f}", f"{longer / stage.seconds:.2f}")
    sums = {name: sum(stage.seconds for stage in day.values()) for name, day in days.items()}
    table.add_section()
    table.add_row("together", f"{sums['plain']:.2f}", f"{sums['long']:.2f}", f"{sums['long'] / sums['plain']:.2f}")
    console.print(table)
    return {"rows": rows} | {name: {stage: asdict(took) for stage, took in day.items()} for name, day in days.items()}


def _create(settings: Settings, customers: int) -> None:
    console.print(f"Making up {customers:,} customers.")
    synthetic.create(settings, FIRST_DAY, customers, MONTHS, "utility", 7, lambda _: None)


def _run_day(as_of_date: date, settings: Settings) -> dict[str, Measured]:
    done = {}
    for stage in STAGES:
        done[stage.name] = measure(stage.name, as_of_date, settings)
        console.print(f"  {as_of_date} {stage.name:<22} {done[stage.name].seconds:8.2f} s", highlight=False)
    return done


def _print_days(title: str, first: dict[str, Measured], normal: dict[str, Measured]) -> None:
    table = Table("stage", "first day, s", "peak MiB", "normal day, s", "peak MiB", title=title, title_justify="left")
    for name in first:
        table.add_row(
            name, f"{first[name].seconds:.2f}", f"{first[name].peak_mib:,.0f}", f"{normal[name].seconds:.2f}",
            f"{normal[name].peak_mib:,.0f}",
        )  # fmt: skip
    table.add_section()
    table.add_row(
        "together", f"{sum(s.seconds for s in first.values()):.2f}", "",
        f"{sum(s.seconds for s in normal.values()):.2f}", "",
    )  # fmt: skip
    console.print(table)


@contextmanager
def _scratch(database: str) -> Iterator[Settings]:
    """A server and a warehouse of their own, gone afterwards."""
    outer = load_settings()
    home = outer.home / "bench"
    settings = replace(outer, home=home, database=database, admin_url=None)
    warehouse.ensure_running(settings)
    warehouse.initialize(settings)
    try:
        yield settings
    finally:
        warehouse.drop(settings)
        warehouse.stop(settings)
        shutil.rmtree(home / "dbt", ignore_errors=True)


if __name__ == "__main__":
    app()
