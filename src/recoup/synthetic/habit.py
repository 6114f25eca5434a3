"""The company's former habit: fixed hours by balance and days past due, with a randomized arm beside it.

`holdout` is never contacted, `explore` at a uniformly random legal hour on any of the person's phones, the rest at the
hours that somebody once wrote on the wall.
"""

from __future__ import annotations

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, Array
from recoup.synthetic.contacts import Dials
from recoup.synthetic.profile import FIRST_HOUR, LAST_HOUR
from recoup.synthetic.world import EXPLORE, HOLDOUT, SECOND, Today, World

HABIT_STREAM = 3  # subject of the day's random stream
VOICE, SMS, EMAIL = 0, 1, 2


def habit_contacts(world: World, today: Today) -> Dials:
    """Contacts of today under the former policy; none on Sundays."""
    calls = _calls(world, today)
    messages = [_messages(world, today, SMS), _messages(world, today, EMAIL)]
    parts = [calls, *messages]
    return Dials(*(np.concatenate([getattr(part, name) for part in parts]) for name in Dials.__dataclass_fields__))


def reachable(world: World, today: Today, accounts: Array) -> Array:
    """Accounts whose person the company may contact today at all: no block, no holdout. bool (n,)."""
    persons, person = world.persons, world.accounts.person[accounts]
    blocked = (persons.blocked_from[person] <= today.day) & (persons.blocked_to[person] > today.day)
    return (persons.team[person] != HOLDOUT) & ~blocked & (world.accounts.disputed_until[accounts] <= today.day)


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
    shift = (today.offsets[persons.other_zone[person]] - today.offsets[persons.zone[person]]) / 3600
    low = np.ceil(np.maximum(FIRST_HOUR, FIRST_HOUR - shift))
    high = np.floor(np.minimum(LAST_HOUR, LAST_HOUR - shift))
    low, high = np.maximum(low, persons.not_before[person]), np.minimum(high, persons.not_after[person])
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
    return Dials(*(getattr(dials, name)[ok] for name in Dials.__dataclass_fields__))


def _messages(world: World, today: Today, channel: int) -> Dials:
    """SMS or e-mail reminders on fixed days past due, to those who consented, in the afternoon."""
    table, persons, rules = world.accounts, world.persons, world.profile.contacting
    days = rules.sms_days if channel == SMS else rules.email_days
    accounts = np.flatnonzero((table.past_due > 0) & np.isin(table.days_past_due, days))
    accounts = accounts[reachable(world, today, accounts)]
    person = table.person[accounts]
    point = (persons.sms_point if channel == SMS else persons.email_point)[person]
    refused = (persons.no_sms if channel == SMS else persons.no_email)[person]
    # 14:30 where the person is: inside every legal hour, in each zone a number may stand for
    start = (today.day * 86_400 + 52_200 - today.offsets[persons.zone[person]] + accounts % 1800) * SECOND
    n = len(accounts)
    dials = Dials(
        accounts, person, point, np.full(n, channel), start, np.full(n, 14),
        np.full(n, words.CAMPAIGNS.index("reminder")),
        np.full(n, None, dtype=object),
    )  # fmt: skip
    ok = (point >= 0) & ~refused
    return Dials(*(getattr(dials, name)[ok] for name in Dials.__dataclass_fields__))
