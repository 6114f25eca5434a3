"""Making a company and letting its days pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.synthetic import state
from recoup.synthetic.columns import NO_TIME
from recoup.synthetic.contacts import ContactSource
from recoup.synthetic.engine import Simulation
from recoup.synthetic.live import take_changes
from recoup.synthetic.profile import Profile, load_profile
from recoup.synthetic.rows import Layout, arrow
from recoup.synthetic.store import SourceStore
from recoup.synthetic.world import EPOCH, day_number, new_world, today

Progress = Callable[[str], object]
MOST_CUSTOMERS = 5_000_000
NIGHT_ENDS = time(3)
"""Local hour of the next day up to which a day's events are recorded."""


def create(
    settings: Settings, as_of_date: date, customers: int = 20_000, months: int = 18, profile: str = "utility",
    seed: int = 7,
    progress: Progress | None = None, *, start_on: date | None = None, go_live_on: date | None = None,
) -> None:  # fmt: skip
    """Make a company anew and fill its source databases with all that was recorded up to 03:00 after `as_of_date`.

    With the parameters of the company that stands, nothing is done.

    Args:
        as_of_date: Last day lived, inclusive, in the company's time zone.
        customers: Active accounts that it has, about, on that day.
        months: Whole months of history before the month of `as_of_date`.
        profile: Name of a profile that ships with the product, or path of a YAML file.
        progress: Called with a short text as work goes on.
        start_on: First day lived; default: the first of the month, `months` back.
        go_live_on: From this day on a row that changes moves its `recorded_at`; before, each row stands with the time
            it was first recorded: a first pull must find that an invoice was there before it was paid. Default: the
            day after `as_of_date`.

    Raises:
        RecoupError: The profile is unknown or wrong, or a number is out of range.
    """
    chosen = load_profile(profile)
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise RecoupError(f"A company of {customers} customers cannot be made: choose 1 to {MOST_CUSTOMERS}.")
    if not 1 <= months <= 120:
        raise RecoupError(f"A history of {months} months cannot be made: choose 1 to 120.")
    if seed < 0:
        raise RecoupError(f"The seed {seed} is negative: choose 0 or more.")
    start = start_on or _months_before(as_of_date, months)
    if start > as_of_date:
        raise RecoupError(
            f"The company would start on {start}, after its last day {as_of_date}: choose an earlier start."
        )
    parameters = state.Parameters(
        as_of_date.isoformat(), start.isoformat(), (go_live_on or as_of_date + timedelta(days=1)).isoformat(),
        customers,
        months, seed, settings.company.time_zone, engine_version(),
    )  # fmt: skip
    warehouse.initialize(settings)
    with state.open_truth(settings) as truth:
        if state.saved(truth) == (parameters, chosen, as_of_date):
            return
        world = new_world(
            chosen,
            seed,
            settings.company.time_zone,
            day_number(start),
            day_number(date.fromisoformat(parameters.go_live_on)),
        )
        simulation = Simulation(world)
        simulation.found(max(1, round(customers / (1 + chosen.growth_monthly) ** months)))
        store = SourceStore(settings, dict(simulation.out.layouts))
        try:
            store.recreate_tables()
            store.append({"terms": _terms(chosen, simulation, start)})
            _live(simulation, store, as_of_date, None, progress)
            _say(progress, "indexing")
            store.add_keys()
            state.recreate(truth)
            state.save(truth, parameters, world, as_of_date)
            store.commit()
        finally:
            store.close()


def advance(
    settings: Settings, to_date: date, progress: Progress | None = None, *, contacts: ContactSource | None = None
) -> None:
    """Let the company live on up to `to_date`, inclusive; a day already lived is no work.

    Args:
        contacts: Gives each day's contacts; None, or a None from it, leaves that day to the former habit.

    Raises:
        RecoupError: There is no company.
    """
    with state.open_truth(settings) as truth:
        parameters, world, lived = state.load(truth)
        if to_date <= lived:
            return
        simulation = Simulation(world)
        store = SourceStore(settings, dict(simulation.out.layouts))
        try:
            if store.is_ahead_of(datetime.combine(lived + timedelta(days=1), NIGHT_ENDS, ZoneInfo(world.time_zone))):
                raise RecoupError(
                    f"The company's databases are ahead of {lived}, its last day, because an earlier run broke off: "
                    "run `recoup company create` to make it anew."
                )
            _live(simulation, store, to_date, contacts, progress)
            state.save(truth, parameters, world, to_date)
            store.commit()
        finally:
            store.close()


def last_day(settings: Settings) -> date | None:
    """Last day that the company has lived; None if there is no company."""
    with state.open_truth(settings) as truth:
        found = state.saved(truth)
    return None if found is None else found[2]


@cache
def engine_version() -> str:
    """Digest of this package: another engine makes another company from the same parameters."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.[py][ym]*")):
        if path.suffix in (".py", ".yml"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _live(
    simulation: Simulation, store: SourceStore, until: date, contacts: ContactSource | None, progress: Progress | None
) -> None:
    """Step day by day; rows go to the databases at each month's end, which bounds the memory."""
    world, layouts = simulation.world, dict(simulation.out.layouts)
    last = day_number(until)
    while world.day < last:
        tomorrow = EPOCH + timedelta(days=world.day + 1)
        simulation.step(contacts(tomorrow) if contacts else None)
        is_month_end = (tomorrow + timedelta(days=1)).day == 1
        if is_month_end and world.day < last:
            _say(progress, f"lived up to {tomorrow}")
            _flush(simulation, store, layouts, everything=False)
    _flush(simulation, store, layouts, everything=True)


def _flush(simulation: Simulation, store: SourceStore, layouts: dict[str, Layout], everything: bool) -> None:
    store.append(simulation.out.take())
    store.replace(simulation.out.take_replaced())
    store.write_changes(take_changes(simulation.world, layouts, everything))


def _terms(profile: Profile, simulation: Simulation, start: date) -> pa.Table:
    terms, world = profile.terms, simulation.world
    return arrow(simulation.out.layouts["terms"], [{
        "": len(terms), "terms_code": np.arange(len(terms)), "net_days": np.array([t.net_days for t in terms]),
        "discount_rate": np.array([np.nan if t.discount_rate is None else t.discount_rate for t in terms]),
        "discount_days": np.array([NO_TIME if t.discount_days is None else t.discount_days for t in terms]),
        "late_fee_cents": np.array([t.late_fee_cents for t in terms]),
        "grace_days": np.array([t.grace_days for t in terms]),
        "recorded_at": today(day_number(start), world.seed, world.time_zone).at(0),
    }])  # fmt: skip


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _say(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress(text)
