"""What the former dialer knows of the contact rules: enough that its history is clean but for known slips.

Careful rather than close: it counts every attempt, leaves the rest of a day alone after somebody spoke, and reckons
with every time zone that a code may lie in. Written for the made-up company alone; what finds breaches shares nothing
with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from recoup.synthetic.columns import Array
from recoup.synthetic.contacts import Dials
from recoup.synthetic.geography import places
from recoup.synthetic.population import UNTOLD_EVERY
from recoup.synthetic.profile import LAST_HOUR
from recoup.synthetic.rows import Buffers
from recoup.synthetic.world import SECOND, Today, World, day_number

MANNERS = 9  # subject of the day's random stream
TEXT_CONSENT_DAYS = 55
RENEWAL_RATE = 0.85
LIMITATION_DAYS = 6 * 365
"""Wisconsin's debts end after six years from default."""
NEW_YORK_FROM = day_number(date(2026, 9, 1))


def forget_the_week_before(world: World, today: Today) -> None:
    """Empty the counters of today: those of seven days ago stood there."""
    for counter in (world.persons.calls, world.persons.texts, world.persons.mails):
        counter[:, today.day % 7] = 0


def open_hours(world: World, today: Today, person: Array) -> tuple[Array, Array]:
    """First and last whole hour, local to each person, in which a call may begin wherever the person may be.

    Returns:
        Two float64 (n,); the last is before the first where there is none.
    """
    geo, table = places(), world.persons
    # hours that the clocks of each place's plausible zones run ahead of UTC
    ahead = np.where(geo.could_be, today.offsets / 3600, np.nan)
    earliest, latest = np.nanmin(ahead, axis=1), np.nanmax(ahead, axis=1)
    home, number = table.place[person], table.other_place[person]
    own = today.offsets[table.zone[person]] / 3600
    behind = np.minimum(earliest[home], earliest[number]) - own
    before = np.maximum(latest[home], latest[number]) - own
    low = np.ceil(table.not_before[person] - np.minimum(behind, 0))
    high = np.floor(table.not_after[person] - np.maximum(before, 0))
    # who has no postal code may be anywhere in the state
    return low, np.where(table.is_nowhere[person], -1, np.minimum(high, LAST_HOUR))


def is_past_limitation(world: World, today: Today, accounts: Array) -> Array:
    """Accounts of Wisconsin whose debts may have ended. bool (n,)."""
    wisconsin = places().region_names.index("WI")
    table = world.accounts
    return (table.region[accounts] == wisconsin) & (today.day - table.opened_on[accounts] >= LIMITATION_DAYS)


def is_told(world: World, accounts: Array) -> Array:
    """Accounts whose validation notices were sent, for every debt. bool (n,)."""
    debts = world.accounts.debts[accounts]
    return ~((debts >= 0) & (debts % UNTOLD_EVERY == UNTOLD_EVERY - 1)).any(axis=1)


def within_the_states_caps(world: World, today: Today, dials: Dials, planned: Sequence[Dials]) -> Dials:
    """Those that Massachusetts, Washington and New York leave room for, after what is planned for today already."""
    geo, table = places(), world.persons
    person = dials.person
    today_already = np.zeros(len(table), dtype=np.int64)
    mails_already = np.zeros(len(table), dtype=np.int64)
    for part in planned:
        is_mail = part.channel == 2
        np.add.at(today_already, part.person[~is_mail], 1)
        np.add.at(mails_already, part.person[is_mail], 1)
    calls_and_texts = (table.calls.sum(axis=1) + table.texts.sum(axis=1) + today_already)[person]
    everything = calls_and_texts + (table.mails.sum(axis=1) + mails_already)[person]
    region = np.array(geo.region_names, dtype=object)[geo.region[table.place[person]]]
    ok = ~((region == "MA") & (dials.channel != 2) & (calls_and_texts >= 2))
    # contacts with husband and wife count together: one each leaves room
    ok &= ~((region == "WA") & (everything >= np.where(table.shares_a_household[person], 1, 3)))
    ok &= ~((region == "NY") & (today.day >= NEW_YORK_FROM) & (everything >= 3))
    return dials.only(ok)


def renew_text_consent(world: World, out: Buffers, today: Today, person: Array) -> Array:
    """Ask those whose consent to texts grows old to renew it; most do, the others get no text. bool (n,)."""
    table = world.persons
    is_old = today.day - table.text_consent_on[person] >= TEXT_CONSENT_DAYS
    renews = is_old & (today.rng(MANNERS).random(len(person)) < RENEWAL_RATE)
    who = person[renews]
    when = np.full(len(who), today.at(7 * 3600))
    out.emit(
        "consents", len(who), contact_point_id=table.sms_point[who], person_id=who, medium=1, purpose=1, state=0,
        at=when, evidence_ref=1, recorded_at=when + 60 * SECOND,
    )  # fmt: skip
    table.text_consent_on[who] = today.day
    return ~is_old | renews
