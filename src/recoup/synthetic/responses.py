"""What would come of a contact: who would answer at each hour, what each account would pay, spoken to or not.

The second is found by living on: from the morning after the company's last day the same world lives the days of the
horizon twice, once with a right-party contact with everybody who owes on the first of them, once with nobody contacted
at all, over and over with other luck. Contacts are independent of each other (but for the accounts of one person), so
one pair of lives serves all accounts at once. Both tables are written to the truth database when asked for; nothing of
them is known to the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from psycopg import sql

from recoup.settings import Settings
from recoup.synthetic import state
from recoup.synthetic.columns import Array, Table
from recoup.synthetic.contacting import DROPPED, RIGHT_PARTY
from recoup.synthetic.contacts import Contacts
from recoup.synthetic.engine import Simulation
from recoup.synthetic.layouts import PREFIXES
from recoup.synthetic.paying import standing
from recoup.synthetic.rows import ids
from recoup.synthetic.store import copy_in
from recoup.synthetic.truth import lists_of
from recoup.synthetic.world import SETTLED, World, today

_NOBODY = Contacts(
    np.array([], dtype="U10"), np.array([], dtype="U10"), np.array([], dtype="U5"), np.array([], "datetime64[us]"),
    np.array([], dtype="U5"), np.array([], dtype=object),
)  # fmt: skip
_FORKED = 1 << 40
"""Seeds of other luck begin here: none is a company's own."""

_DDL = """
drop table if exists contact_points;
drop table if exists contact_responses;
create table contact_points (
    contact_point_id text primary key, person_id text not null, is_wrong boolean not null, is_dead boolean not null,
    right_party_weekday real[] not null, right_party_weekend real[] not null
);
create table contact_responses (
    account_id text not null, half integer not null, lives integer not null, past_due_cents bigint not null,
    cash_if_contacted_cents double precision not null, cash_if_not_cents double precision not null,
    p_pay_if_contacted double precision not null, p_pay_if_not double precision not null, primary key (account_id, half)
);
"""


@dataclass(frozen=True)
class Responses:
    """Means over lives, row-aligned float64 (n,) but for `accounts` and `past_due` (int64).

    Attributes:
        accounts: Positions of the accounts that owe, past their due date.
        past_due: Minor units on the last day's end.
        cash: Settled within the horizon, minor units, (n, 2): left alone, spoken to.
        paid: Share of lives in which at least half of the past due was paid, (n, 2), likewise.
        lives: How many lives each mean is of.
    """

    accounts: Array
    past_due: Array
    cash: Array
    paid: Array
    lives: int


def write_responses(settings: Settings, horizon_days: int, lives: int) -> None:
    """Write `contact_points` and `contact_responses` of the company's last day into the truth database.

    Responses come in two halves of `lives` each, so that who ranks by one can be judged by the other.

    Raises:
        RecoupError: There is no company.
    """
    with state.open_truth(settings) as truth:
        _, world, _ = state.load(truth)
        truth.execute("set local client_min_messages = warning")
        for statement in _DDL.split(";"):
            if statement.strip():
                truth.execute(statement.encode())
        copy_in(truth, sql.Identifier("contact_points"), (table := point_table(world)).column_names, table)
        table = response_table(world, horizon_days, lives)
        copy_in(truth, sql.Identifier("contact_responses"), table.column_names, table)


def responses(world: World, horizon_days: int, lives: int, *, luck: int = 0) -> Responses:
    """Live the next `horizon_days` in both worlds, `lives` times.

    Args:
        luck: Number of the first life; equal numbers are equal lives.
    """
    morning = copied(world)
    standing(morning, today(world.day + 1, world.seed, world.time_zone))
    accounts = np.flatnonzero(morning.accounts.past_due > 0)
    past_due = morning.accounts.past_due[accounts].copy()
    cash, paid = np.zeros((len(accounts), 2)), np.zeros((len(accounts), 2))
    for life in range(luck, luck + lives):
        for spoken in (0, 1):
            fork = copied(world, seed=_FORKED + world.seed * 4096 + life)
            got = _lived(fork, accounts if spoken else accounts[:0], horizon_days)[accounts]
            cash[:, spoken] += got
            paid[:, spoken] += got * 2 >= past_due
    return Responses(accounts, past_due, cash / lives, paid / lives, lives)


def right_party(world: World, points: Array) -> Array:
    """P(right party | call) of contact points: float64 (n, 2, hours), weekday and weekend, local hours 8..20."""
    table, persons = world.points, world.persons
    answers = persons.answers[table.person[points]].astype(np.float64) * table.reach[points][:, None, None]
    is_silent = table.wrong[points] | table.dead[points]
    return np.where(is_silent[:, None, None], 0.0, np.minimum(answers, 1) * (1 - DROPPED) * RIGHT_PARTY)


def copied(world: World, seed: int | None = None) -> World:
    """The same world again, free to live another life."""
    tables = {}
    for name, table in world.tables.items():
        twin = Table({column: (array.dtype, 0, array.shape[1:]) for column, array in table.arrays().items()})
        twin._defaults = dict(table._defaults)
        twin.restore(table.arrays())
        tables[name] = twin
    return World(
        world.profile, world.seed if seed is None else seed, world.time_zone, world.go_live_day, world.day, tables,
        dict(world.counters),
    )  # fmt: skip


def _lived(world: World, spoken_to: Array, days: int) -> Array:
    """Let `days` pass without a call of the company's but to `spoken_to` on the first: cents settled by account."""
    simulation, before = Simulation(world), world.day
    simulation.step(_NOBODY, reached=spoken_to)
    for _ in range(days - 1):
        simulation.step(_NOBODY)
    payments = world.payments
    came = (payments.settle_on > before) & (payments.settle_on <= world.day) & (payments.status == SETTLED)
    came &= ~payments.recovery
    return np.bincount(payments.account[came], weights=payments.amount[came], minlength=len(world.accounts))


def point_table(world: World) -> pa.Table:
    """Rows of contact_points, each as if it were called: what is no telephone is called by nobody."""
    points = np.arange(len(world.points))
    chance = right_party(world, points)
    return pa.table({
        "contact_point_id": ids(PREFIXES["contact_point_id"], points),
        "person_id": ids(PREFIXES["person_id"], world.points.person),
        "is_wrong": pa.array(world.points.wrong), "is_dead": pa.array(world.points.dead),
        "right_party_weekday": lists_of(chance[:, 0]), "right_party_weekend": lists_of(chance[:, 1]),
    })  # fmt: skip


def response_table(world: World, horizon_days: int, lives: int) -> pa.Table:
    """Rows of contact_responses: both halves, `lives` each."""
    parts = []
    for half in (0, 1):
        found = responses(world, horizon_days, lives, luck=half * lives)
        n = len(found.accounts)
        parts.append(pa.table({
            "account_id": ids(PREFIXES["account_id"], found.accounts), "half": pa.array(np.full(n, half)),
            "lives": pa.array(np.full(n, found.lives)), "past_due_cents": pa.array(found.past_due),
            "cash_if_contacted_cents": pa.array(found.cash[:, 1]), "cash_if_not_cents": pa.array(found.cash[:, 0]),
            "p_pay_if_contacted": pa.array(found.paid[:, 1]), "p_pay_if_not": pa.array(found.paid[:, 0]),
        }))  # fmt: skip
    return pa.concat_tables(parts)
