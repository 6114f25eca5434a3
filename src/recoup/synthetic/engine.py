"""One day of the company's life. The same step makes the history and, later, plays under published lists."""

from __future__ import annotations

import numpy as np

from recoup.synthetic.billing import bill
from recoup.synthetic.columns import Array
from recoup.synthetic.contacting import make_contacts, reach_right_party
from recoup.synthetic.contacts import Contacts, Dials
from recoup.synthetic.contracts import change_contracts
from recoup.synthetic.habit import habit_contacts
from recoup.synthetic.layouts import ATTEMPT_CHANNELS, CAMPAIGNS, layouts
from recoup.synthetic.lifecycle import befall, charge_and_write_off, end_disputes, open_and_close, refund_and_credit
from recoup.synthetic.manners import forget_the_week_before
from recoup.synthetic.noticing import notice
from recoup.synthetic.paying import pay, standing
from recoup.synthetic.population import add_customers
from recoup.synthetic.profile import FIRST_HOUR, LAST_HOUR
from recoup.synthetic.rows import Buffers
from recoup.synthetic.settling import settle
from recoup.synthetic.staff import hire, keep_books
from recoup.synthetic.world import SECOND, Today, World, today

FOUNDING = 0  # subject of the first day's random stream
OLDEST_CUSTOMER_DAYS = 5 * 365


class Simulation:
    """Lives a world day by day and collects the rows it writes.

    Attributes:
        world: The state; nothing else is needed to go on.
        out: Rows written since they were last taken.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.out = Buffers(layouts(world.profile))

    def found(self, customers: int) -> None:
        """Bring in the customers whom the company has on the morning of its first day."""
        world = self.world
        now = today(world.day + 1, world.seed, world.time_zone)
        rng = now.rng(FOUNDING)
        hire(world, self.out, now)
        age = 1 + np.minimum(rng.exponential(700, customers), OLDEST_CUSTOMER_DAYS - 1).astype(np.int64)
        world.day = now.day
        add_customers(world, self.out, now, (now.day - age).astype(np.int32), rng)
        world.day = now.day - 1

    def step(self, contacts: Contacts | None = None, *, reached: Array | None = None) -> None:
        """Live the next day.

        Args:
            contacts: Whom to contact, in place of the former habit.
            reached: Accounts whose right party is reached besides, for certain: int64 (n,).
        """
        world, out = self.world, self.out
        world.day += 1
        now = today(world.day, world.seed, world.time_zone)
        open_and_close(world, out, now)
        befall(world, out, now)
        change_contracts(world, out, now)
        bill(world, out, now)
        standing(world, now)
        charge_and_write_off(world, out, now)
        standing(world, now)
        forget_the_week_before(world, now)
        dials = habit_contacts(world, out, now) if contacts is None else as_dials(world, now, contacts)
        make_contacts(world, out, now, dials, with_slips=contacts is None)
        if reached is not None:
            reach_right_party(world, out, now, reached)
        end_disputes(world, out, now)
        pay(world, out, now)
        settle(world, out, now)
        refund_and_credit(world, out, now)
        notice(world, now)
        keep_books(world, out, now)


def as_dials(world: World, now: Today, contacts: Contacts) -> Dials:
    """Contacts in outside keys → the engine's codes; the local hour is that of the called person's own zone."""
    account, point = contacts.account_numbers(), contacts.point_numbers()
    start = np.asarray(contacts.start_at, dtype="datetime64[us]").astype(np.int64)
    person = world.points.person[point]
    local = start // SECOND + now.offsets[world.persons.zone[person]]
    return Dials(
        account, person, point, _codes(contacts.channel, ATTEMPT_CHANNELS), start,
        np.clip(local % 86_400 // 3600, FIRST_HOUR, LAST_HOUR), _codes(contacts.campaign, CAMPAIGNS),
        contacts.list_row_hash,
    )  # fmt: skip


def _codes(values: Array, words: tuple[str, ...]) -> Array:
    found = np.asarray(values)[:, None] == np.array(words)[None, :]
    if not found.any(axis=1).all():
        raise ValueError(f"unknown word among {sorted(set(values))}; known: {', '.join(words)}")
    return found.argmax(axis=1)
