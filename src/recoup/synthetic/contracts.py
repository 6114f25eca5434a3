"""What accounts have agreed to pay: contract years, discounts, and what changes in between."""

from __future__ import annotations

from typing import Any

import numpy as np

from recoup.synthetic.columns import NEVER, NO_DAY, Array
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import DAY_US, SECOND, Today, World, between

CONTRACTS = 9  # subject of the day's random stream
DAYS_A_MONTH = 30.4
MID_YEAR_DAYS = 40
"""A change keeps so far from the next contract year that the two never meet in one period."""


def morning(today: Today, days: Array) -> Array:
    """Nine o'clock local of earlier days or today, as instants."""
    return today.zero + (days.astype(np.int64) - today.day) * DAY_US + 9 * 3600 * SECOND


def cycle_on_or_after(days: Array, cycle: Array) -> Array:
    """First day ≥ `days` whose day of the month is `cycle`, int64."""
    days = np.asarray(days, dtype=np.int64)
    month = days.astype("datetime64[D]").astype("datetime64[M]")
    this = month.astype("datetime64[D]").astype(np.int64) + cycle - 1
    following = (month + 1).astype("datetime64[D]").astype(np.int64) + cycle - 1
    return np.where(this >= days, this, following)


def first_flat_item(world: World, accounts: Array) -> tuple[Array, Array]:
    """The first item with a monthly price: its position, and whether there is one. int64 (n,), bool (n,)."""
    table = world.accounts
    flat = (table.prices[accounts] > 0) & (table.means[accounts] == 0)
    return flat.argmax(axis=1), flat.any(axis=1)


def first_contract(world: World, out: Buffers, today: Today, accounts: Array, rng: np.random.Generator) -> None:
    """First contract of new accounts: prices for a year, for some a discount that ends."""
    table, profile, n = world.accounts, world.profile, len(accounts)
    opened, cycle = table.opened_on[accounts], table.cycle[accounts].astype(np.int64)
    # an account older than a year is on the contract year that runs when history begins
    years = np.maximum(today.day - 1 - opened, 0) // 365
    begins = cycle_on_or_after(opened + years * 365, cycle)
    years = np.where(begins > today.day, years - 1, years)
    begins = np.where(years > 0, cycle_on_or_after(opened + years * 365, cycle), opened)
    table.price_from[accounts] = begins[:, None]
    table.reprice_on[accounts] = cycle_on_or_after(begins + 365, cycle)
    write_prices(world, out, today, accounts)
    discounts = profile.discounts
    first, has_flat = first_flat_item(world, accounts)
    chosen = np.flatnonzero(has_flat & (rng.random(n) < discounts.share) & (opened >= today.day - 300))
    months = np.rint(between(rng, *discounts.months, n)).astype(np.int64)
    price = table.prices[accounts, first]
    amount = np.maximum(np.rint(price * between(rng, *discounts.percent, n)), 1).astype(np.int64)
    ends = cycle_on_or_after(opened.astype(np.int64) + 30 * np.maximum(months, 1), cycle) - 1
    forgotten = rng.random(n) < min(profile.leak_rate("underbilled") * 20, 0.4)
    ends = np.where(rng.random(n) < discounts.standing_share, NEVER, ends)
    who = accounts[chosen]
    table.discount[who] = amount[chosen]
    table.discount_to[who] = ends[chosen]
    table.discount_runs_to[who] = np.where(forgotten & (ends < NEVER), ends + 90, ends)[chosen]
    _write_discounts(out, who, first[chosen], amount[chosen], opened[chosen], ends[chosen],
                     morning(today, opened[chosen]))  # fmt: skip


def _write_discounts(
    out: Buffers, who: Array, item: Array, amount: Array, begins: Any, ends: Array, recorded: Any
) -> None:
    out.emit(
        "contract_prices", len(who), account_id=who, item=item, kind=1, price_cents=amount, period=0, from_on=begins,
        to_on=np.where(ends >= NEVER, NO_DAY, ends), recorded_at=recorded,
    )  # fmt: skip


def write_prices(world: World, out: Buffers, today: Today, accounts: Array) -> None:
    """Write the contract year of accounts that begins at `price_from`, one row per item they have."""
    row, item = np.nonzero(world.accounts.prices[accounts] > 0)
    who = accounts[row]
    recorded = morning(today, world.accounts.price_from[who, item])
    _write_rows(world, out, who, item, world.accounts.prices[who, item], recorded)


def _write_rows(world: World, out: Buffers, who: Array, item: Array, price: Array, recorded: Array) -> None:
    """Write price rows from `price_from` to the end of the contract year; an item that ends earlier ends its price."""
    table = world.accounts
    begins, ends = table.price_from[who, item], np.minimum(table.reprice_on[who], table.items_end[who, item]) - 1
    running = ends >= begins
    who, item, price, begins, ends = who[running], item[running], price[running], begins[running], ends[running]
    table.price_recorded[who, item] = recorded[running]
    out.emit(
        "contract_prices", len(who), account_id=who, item=item, kind=0, price_cents=price,
        period=(table.means[who, item] > 0).astype(np.int8), from_on=begins,
        to_on=np.where(ends >= NEVER, NO_DAY, ends), recorded_at=recorded[running],
    )  # fmt: skip


def _end_rows(world: World, out: Buffers, who: Array, item: Array, price: Array, last: Any, when: Any) -> None:
    """End running price rows on the day `last`, inclusive."""
    table = world.accounts
    recorded = table.price_recorded[who, item]
    if world.day >= world.go_live_day:
        recorded = np.maximum(recorded, when)
    out.replace(
        "contract_prices", len(who), account_id=who, item=item, kind=0, price_cents=price,
        period=(table.means[who, item] > 0).astype(np.int8), from_on=table.price_from[who, item], to_on=last,
        recorded_at=recorded,
    )  # fmt: skip


def reprice(
    world: World, out: Buffers, who: Array, item: Array, price: Array, begins: Any, when: Any
) -> None:  # fmt: skip
    """Agree on another price of one item from the day `begins`: the running row ends the day before, a new one begins.

    Args:
        price: The new price, int64 (n,); the engine's own `prices` are the caller's.
        when: Instant of its recording.
    """
    begins = np.broadcast_to(begins, who.shape)
    _end_rows(world, out, who, item, world.accounts.prices[who, item], begins - 1, when)
    world.accounts.price_from[who, item] = begins
    _write_rows(world, out, who, item, price, np.broadcast_to(when, who.shape))


def renew(world: World, out: Buffers, today: Today, accounts: Array) -> None:
    """Begin a new contract year at the yearly price rise, from the first day not yet billed."""
    if len(accounts) == 0:
        return
    table, rise = world.accounts, 1 + world.profile.price_rise_yearly
    table.price_from[accounts] = table.reprice_on[accounts][:, None]
    table.prices[accounts] = np.ceil(table.prices[accounts] * rise - 1e-9).astype(np.int32)
    table.reprice_on[accounts] = cycle_on_or_after(
        table.reprice_on[accounts].astype(np.int64) + 360, table.cycle[accounts].astype(np.int64)
    )
    write_prices(world, out, today, accounts)


def grant_free_month(world: World, out: Buffers, today: Today, accounts: Array, item: Array, begins: Array,
                     ends: Array) -> None:  # fmt: skip
    """Agree that one item costs nothing in one period: a discount of its full price."""
    _write_discounts(out, accounts, item, world.accounts.prices[accounts, item].astype(np.int64), begins, ends,
                     np.broadcast_to(today.at(3600), accounts.shape))  # fmt: skip


def change_contracts(world: World, out: Buffers, today: Today) -> None:
    """Up- and downgrades from today on (the running period is still billed at its old price), and returns."""
    rng, table, rates = today.rng(CONTRACTS), world.accounts, world.profile.changes
    draw = rng.random(len(table)) * DAYS_A_MONTH
    moves = rates.upgrade_monthly + rates.downgrade_monthly
    who = np.flatnonzero(
        ~table.closed & (draw < moves) & (table.opened_on < today.day - 60)
        & (table.reprice_on > today.day + MID_YEAR_DAYS)
    )  # fmt: skip
    item, has_flat = first_flat_item(world, who)
    free = (table.prices_next[who].sum(axis=1) == 0) & (table.items_end[who, item] > today.day + MID_YEAR_DAYS)
    fits = has_flat & free & (table.price_from[who, item] < np.minimum(today.day, table.billed_to[who]))
    who, item = who[fits], item[fits]
    up = draw[who] < rates.upgrade_monthly
    factor = np.where(up, between(rng, 1.1, 1.5, len(who)), between(rng, 0.6, 0.9, len(who)))
    price = np.maximum(np.rint(table.prices[who, item] * factor), 1).astype(np.int64)
    reprice(world, out, who, item, price, today.day, today.at(10 * 3600))
    table.prices_next[who, item] = price
    _come_back(world, out, today, rng)


def _come_back(world: World, out: Buffers, today: Today, rng: np.random.Generator) -> None:
    """Some who left of their own will return to their account, months later, once, at the old prices."""
    table, rate = world.accounts, world.profile.changes.reactivate_monthly
    away = today.day - table.closed_on.astype(np.int64)
    who = np.flatnonzero(
        table.closed & (table.close_reason < 4) & (away > 35) & (away < 200) & (table.first_left_on == NO_DAY)
        & (table.billed_to >= table.closed_on) & (rng.random(len(table)) * DAYS_A_MONTH < rate)
    )  # fmt: skip
    who = who[(table.items_end[who] > today.day).any(axis=1)]
    if len(who) == 0:
        return
    left, when = table.closed_on[who].copy(), today.at(10 * 3600)
    row, item = np.nonzero(table.prices[who] > 0)
    ends = np.minimum(table.reprice_on[who[row]], table.items_end[who[row], item]) - 1
    running = (ends > left[row]) & (table.price_from[who[row], item] <= left[row])
    row, item = row[running], item[running]
    _end_rows(world, out, who[row], item, table.prices[who[row], item], left[row], when)
    table.first_left_on[who], table.first_reason[who], table.returned_on[who] = left, table.close_reason[who], today.day
    table.closed[who], table.closed_on[who], table.close_reason[who] = False, NO_DAY, -1
    table.billed_to[who] = today.day - 1
    table.discount[who], table.discount_runs_to[who], table.prices_next[who] = 0, NO_DAY, 0
    table.price_from[who] = today.day
    table.reprice_on[who] = cycle_on_or_after(np.full(len(who), today.day + 365), table.cycle[who].astype(np.int64))
    row, item = np.nonzero(table.prices[who] > 0)
    _write_rows(world, out, who[row], item, table.prices[who[row], item], np.broadcast_to(when, row.shape))
    world.touched(table, who, when)
    monthly = np.where(table.means[who] == 0, table.prices[who], 0).sum(axis=1)
    record_leaks(
        world, "billing_gap", "left_and_returned", who, monthly, today.day, "accounts", who, since=left + 1,
        innocent=True,
    )  # fmt: skip
