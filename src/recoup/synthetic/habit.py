"""The company's former habit: fixed hours by balance and days past due, with a randomized arm beside it.

`holdout` is never contacted, `explore` at a uniformly random legal hour on any of the person's phones, the rest at the
hours that somebody once wrote on the wall.
"""

from __future__ import annotations

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, Array
from recoup.synthetic.contacts import Dials
from recoup.synthetic.manners import is_past_limitation, is_told, open_hours, renew_text_consent, within_the_states_caps
from recoup.synthetic.profile import FIRST_HOUR, LAST_HOUR
from recoup.synthetic.rows import Buffers
from recoup.synthetic.world import EXPLORE, HOLDOUT, SECOND, Today, World

HABIT_STREAM = 3  # subject of the day's random stream
VOICE, SMS, EMAIL = 0, 1, 2


def habit_contacts(world: World, out: Buffers, today: Today) -> Dials:
    """Contacts of today under the former policy; none on Sundays."""
    parts = [within_the_states_caps(world, today, _calls(world, today), [])]
    for channel in (SMS, EMAIL):
        parts.append(within_the_states_caps(world, today, _messages(world, out, today, channel), parts))
    return Dials(*(np.concatenate([getattr(part, name) for part in parts]) for name in Dials.__dataclass_fields__))


def reachable(world: World, today: Today, accounts: Array) -> Array:
    """Accounts whose person the company may contact today at all: no block, no holdout. bool (n,)."""
    persons, person = world.persons, world.accounts.person[accounts]
    blocked = (persons.blocked_from[person] <= today.day) & (persons.blocked_to[person] > today.day)
    free = (persons.team[person] != HOLDOUT) & ~blocked & ~is_past_limitation(world, today, accounts)
    return free & is_told(world, accounts) & (world.accounts.disputed_until[accounts] < today.day)


def _calls(world: World, today: Today) -> Dials:
    rng, table, persons, rules = today.rng(HABIT_STREAM), world.accounts, world.persons, world.profile.contacting
    chance = rng.random(len(table))
    accounts = np.flatnonzero(
        (table.days_past_due >= rules.first_days_past_due) & (table.promise_on == NEVER)
        & (table.waits_until <= today.day) & (table.opened_on <= today.day - 7)
    )  # fmt: skip
    if today.date.weekday() == 6:
        accounts = accounts[:0]
    accounts = accounts[reachable(world, today, accounts)]
    eager = np.where(table.days_past_due[accounts] < 45, 1.15, 0.75) * np.where(
        table.past_due[accounts] > 20_000, 1.2, 0.9
    )
    explore = persons.team[table.person[accounts]] == EXPLORE
    accounts = accounts[chance[accounts] < rules.attempt_rate * np.where(explore, 1.0, eager)]
    co_signer = (rng.random(len(accounts)) < 0.15) & (table.co_person[accounts] >= 0)
    person = np.where(co_signer, table.co_person[accounts], table.person[accounts])
    blocked = (persons.blocked_from[person] <= today.day) & (persons.blocked_to[person] > today.day)
    fresh = (persons.calls[person].sum(axis=1) < rules.max_attempts_7_days) & (
        persons.talked_on[person] <= today.day - 7
    )
    _, once = np.unique(person, return_index=True)  # one call a day for a person, whatever accounts are late
    first = np.zeros(len(person), dtype=bool)
    first[once] = True
    ok = fresh & first & ~blocked & (persons.phones[person] > 0)
    accounts, person = accounts[ok], person[ok]
    n = len(accounts)
    explore = persons.team[table.person[accounts]] == EXPLORE
    hours = np.array(rules.habit_hours)[rng.integers(0, len(rules.habit_hours), n)]
    late = np.array(rules.late_hours)[rng.integers(0, len(rules.late_hours), n)] if rules.late_hours else hours
    big = (table.past_due[accounts] > 25_000) | (table.days_past_due[accounts] > 60)
    hour = np.where(big & (rng.random(n) < 0.5), late, hours)
    hour = np.where(explore, rng.integers(FIRST_HOUR, LAST_HOUR + 1, n), hour)
    which = np.where(explore | (rng.random(n) < 0.3), rng.random(n) * persons.phones[person], 0).astype(np.int64)
    low, high = open_hours(world, today, person)
    hour = np.clip(np.where(explore, low + np.floor((hour - FIRST_HOUR) / 13 * (high - low + 1)), hour), low, high)
    ok = high >= low
    seconds = hour.astype(np.int64) * 3600 + rng.integers(0, 3300, n)
    utc = today.day * 86_400 + seconds - today.offsets[persons.zone[person]]
    campaign = np.where(explore, words.CAMPAIGNS.index("explore"), words.CAMPAIGNS.index("habit"))
    dials = Dials(
        accounts, person, persons.point_first[person] + which, np.full(n, VOICE), utc * SECOND, hour.astype(np.int64),
        campaign,
        np.full(n, None, dtype=object),
    )  # fmt: skip
    return dials.only(ok)


def _messages(world: World, out: Buffers, today: Today, channel: int) -> Dials:
    """SMS or e-mail reminders on fixed days past due, to those who consented, in the afternoon."""
    table, persons, rules = world.accounts, world.persons, world.profile.contacting
    days = rules.sms_days if channel == SMS else rules.email_days
    accounts = np.flatnonzero((table.past_due > 0) & np.isin(table.days_past_due, days))
    accounts = accounts[reachable(world, today, accounts)]
    person = table.person[accounts]
    point = (persons.sms_point if channel == SMS else persons.email_point)[person]
    refused = (persons.no_sms if channel == SMS else persons.no_email)[person]
    low, high = open_hours(world, today, person)
    _, once = np.unique(person, return_index=True)  # an opt-out holds for the other account's reminder too
    is_first = np.zeros(len(person), dtype=bool)
    is_first[once] = True
    # from 14:30 on where the person is
    start = (today.day * 86_400 + 52_200 - today.offsets[persons.zone[person]] + accounts % 1800) * SECOND
    n = len(accounts)
    dials = Dials(
        accounts, person, point, np.full(n, channel), start, np.full(n, 14),
        np.full(n, words.CAMPAIGNS.index("reminder")),
        np.full(n, None, dtype=object),
    )  # fmt: skip
    ok = (point >= 0) & ~refused & is_first & (low <= 14) & (high >= 15)
    if channel == SMS:
        ok[ok] = renew_text_consent(world, out, today, person[ok])
    return dials.only(ok)
