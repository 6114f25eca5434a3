"""Contacts that should not have been made: a few a month, each with the rules that it broke, noted in the truth.

A slip is a call beside the day's others. Whom it meets is chosen so that it breaks what it is meant to break and
nothing else: people of one time zone, with one account, not of the states that count contacts for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import Array
from recoup.synthetic.contacts import Dials
from recoup.synthetic.geography import places
from recoup.synthetic.manners import is_past_limitation, is_told, open_hours
from recoup.synthetic.profile import FIRST_HOUR, LAST_HOUR
from recoup.synthetic.world import HOLDOUT, SECOND, Today, World

SLIPS = 11  # subject of the day's random stream
TOO_LATE, AT_WORK, TOO_SOON, AFTER_STOP = range(4)
KINDS = ("too_late", "at_work", "too_soon_after_a_conversation", "after_a_stop_request")
RULES = ("REGF_HOURS", "REGF_WORK", "REGF_COOLDOWN", "REGF_CEASE", "OWN_DNC", "FL_FCCPA")
CEASED, ON_THE_OWN_LIST = 1, 2
COUNTING_STATES = ("MA", "WA", "NY")
NEW_ACCOUNT_DAYS = 7
COOLDOWN_DAYS = 7


@dataclass(frozen=True)
class Slip:
    """At most one contact of a day that breaks rules: `rules` are positions in `RULES`."""

    dials: Dials
    kind: int
    rules: tuple[int, ...]


def slip_of(world: World, today: Today, contacted: Array) -> Slip | None:
    """Today's slip, if there is one: whoever was contacted today already is left alone."""
    rng = today.rng(SLIPS)
    if rng.random() >= world.profile.contacting.slips_monthly / 30.4:
        return None
    table, persons = world.accounts, world.persons
    accounts = np.flatnonzero((table.past_due > 0) & (table.opened_on <= today.day - NEW_ACCOUNT_DAYS))
    person = table.person[accounts]
    low, high = open_hours(world, today, person)
    region = np.array(places().region_names)[places().region[persons.place[person]]]
    counts_for_itself = np.isin(region, COUNTING_STATES)
    plain = (
        (low == FIRST_HOUR) & (high == LAST_HOUR) & ~counts_for_itself & (persons.accounts[person] == 1)
        & (persons.team[person] != HOLDOUT) & (persons.phones[person] > 0) & ~np.isin(person, contacted)
        & (table.disputed_until[accounts] < today.day) & ~is_past_limitation(world, today, accounts)
        & is_told(world, accounts)
        & (persons.calls[person].sum(axis=1) < 3)
    )  # fmt: skip
    free = (persons.blocked_from[person] > today.day) | (persons.blocked_to[person] <= today.day)
    rested = persons.talked_on[person] <= today.day - COOLDOWN_DAYS
    still_talking = (persons.talked_on[person] < today.day) & ~rested
    has_work = ~persons.not_at_work[person] & _has_work_phone(world, person)
    stopped = (persons.stopped_by[person] > 0) & (persons.blocked_from[person] == persons.stopped_on[person])
    is_collector = world.profile.collector_role != "first_party"
    candidates = {
        TOO_LATE: plain & free & rested, AT_WORK: plain & free & rested & has_work,
        TOO_SOON: plain & free & still_talking & is_collector, AFTER_STOP: plain & stopped & rested,
    }  # fmt: skip
    kind = int(rng.integers(0, len(KINDS)))
    rows = np.flatnonzero(candidates[kind])
    if len(rows) == 0:
        return None
    row = rows[rng.integers(0, len(rows))]
    return _slip(world, today, kind, accounts[row], person[row], rng)


def _has_work_phone(world: World, person: Array) -> Array:
    """Whether the point after the person's other phones is one at work. bool (n,)."""
    last = np.minimum(world.persons.point_first[person] + world.persons.phones[person], len(world.points) - 1)
    return (world.points.type[last] == 2) & (world.points.person[last] == person)


def _slip(world: World, today: Today, kind: int, account: int, person: int, rng: np.random.Generator) -> Slip:
    persons = world.persons
    hour = 21 if kind == TOO_LATE else int(rng.integers(FIRST_HOUR + 1, LAST_HOUR - 1))
    second = hour * 3600 + int(rng.integers(60, 3300))
    start = (today.day * 86_400 + second - int(today.offsets[persons.zone[person]])) * SECOND
    point = int(persons.point_first[person]) + (int(persons.phones[person]) if kind == AT_WORK else 0)
    rules = {
        TOO_LATE: ["REGF_HOURS"], AT_WORK: ["REGF_WORK"], TOO_SOON: ["REGF_COOLDOWN"],
        AFTER_STOP: ["REGF_CEASE" if persons.stopped_by[person] == CEASED else "OWN_DNC"],
    }[kind]  # fmt: skip
    if kind == TOO_LATE and places().region_names[places().region[persons.place[person]]] == "FL":
        rules.append("FL_FCCPA")
    dials = Dials(
        np.array([account]), np.array([person]), np.array([point]), np.zeros(1, np.int64), np.array([start]),
        np.array([min(hour, LAST_HOUR)]), np.array([words.CAMPAIGNS.index("habit")]), np.array([None], dtype=object),
    )  # fmt: skip
    return Slip(dials, kind, tuple(RULES.index(rule) for rule in rules))


def note(world: World, slip: Slip, attempt: int) -> None:
    """Write down in the truth what a slip's attempt broke."""
    world.breaches.append(len(slip.rules), attempt=attempt, kind=slip.kind, rule=np.array(slip.rules))
