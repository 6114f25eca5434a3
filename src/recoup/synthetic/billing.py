"""What accounts are billed, and what goes wrong while billing: usage, invoices and their lines, one call a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recoup.synthetic.columns import NEVER, NO_DAY, Array
from recoup.synthetic.population import cycle_on_or_after, write_prices
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import OPEN, VOID, Today, World, debt_names, item_names

BILLING = 2  # subject of the day's random stream


def bill(world: World, out: Buffers, today: Today) -> None:
    """Bill every account whose cycle day is today: usage of the period, one invoice per debt, its lines and tax."""
    table = world.accounts
    due = (table.cycle == today.date.day) & (~table.closed | (table.billed_to < table.closed_on))
    accounts = np.flatnonzero(due & (table.billed_to < today.day - 1))
    if len(accounts) == 0:
        return
    rng, profile = today.rng(BILLING), world.profile
    begins = table.billed_to[accounts] + 1
    ends = np.where(table.closed[accounts], np.minimum(table.closed_on[accounts], today.day - 1), today.day - 1)
    _renew(world, out, today, accounts[begins >= table.reprice_on[accounts]])
    quantities = _use(world, out, today, accounts, begins, ends, rng)
    table.billed_to[accounts] = ends
    skipped = (rng.random(len(accounts)) < profile.leak_rate("billing_gap")) & ~table.closed[accounts]
    if skipped.any():
        lost = (quantities[skipped] * table.prices[accounts[skipped]]).sum(axis=1)
        record_leaks(world, "billing_gap", accounts[skipped], np.rint(lost), today.day, "accounts", accounts[skipped])
    go = ~skipped
    _invoice(world, out, today, accounts[go], begins[go], ends[go], quantities[go], rng)


def _renew(world: World, out: Buffers, today: Today, accounts: Array) -> None:
    """Begin a new contract year at the yearly price rise, from the first day not yet billed."""
    if len(accounts) == 0:
        return
    table, rise = world.accounts, 1 + world.profile.price_rise_yearly
    table.price_from[accounts] = table.reprice_on[accounts]
    table.prices[accounts] = np.ceil(table.prices[accounts] * rise - 1e-9).astype(np.int32)
    table.reprice_on[accounts] = cycle_on_or_after(
        table.price_from[accounts].astype(np.int64) + 360, table.cycle[accounts].astype(np.int64)
    )
    write_prices(world, out, today, accounts)


def _use(
    world: World, out: Buffers, today: Today, accounts: Array, begins: Array, ends: Array, rng: np.random.Generator
) -> Array:
    """Quantities of the period per item, float64 (n, items): 1 for a flat price, metered units else; 0 = not had."""
    table, items = world.accounts, item_names(world.profile)
    season = np.zeros(len(items))
    for product in world.profile.products:
        for item in product.items:
            season[items.index(item.item)] = item.seasonality
    swing = 1 + season * np.cos(2 * np.pi * (today.day % 365.25) / 365.25)
    had = (table.prices[accounts] > 0) & (table.items_end[accounts] > begins[:, None])
    metered = table.means[accounts] > 0
    share = ((ends - begins + 1) / 30.4)[:, None]
    noise = np.exp(rng.normal(0, 0.15, had.shape))
    units = np.maximum(np.rint(table.means[accounts] * swing * share * noise), 1.0)
    quantities = np.where(had, np.where(metered, units, 1.0), 0.0)
    row, item_at = np.nonzero(had & metered)
    out.emit(
        "usage", len(row), account_id=accounts[row], item=item_at, service_from=begins[row], service_to=ends[row],
        quantity=quantities[row, item_at], recorded_at=today.at(1800 + rng.integers(0, 3600, len(row))),
    )  # fmt: skip
    return quantities


def _invoice(
    world: World, out: Buffers, today: Today, accounts: Array, begins: Array, ends: Array, quantities: Array,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    table, profile = world.accounts, world.profile
    n = len(accounts)
    items, debts = item_names(profile), debt_names(profile)
    debt_of = np.zeros(len(items), dtype=np.int64)
    for product in profile.products:
        for item in product.items:
            debt_of[items.index(item.item)] = debts.index(item.debt)
    charged = table.prices[accounts].astype(np.int64)
    contract = charged.copy()
    under = (rng.random(charged.shape) < profile.leak_rate("underbilled")) & (quantities > 0) & (charged > 10)
    charged = np.where(under, np.floor(charged * 0.9).astype(np.int64), charged)
    unbilled = (rng.random(charged.shape) < profile.leak_rate("unbilled_service")) & (quantities > 0)
    billed = (quantities > 0) & ~unbilled
    amounts = np.where(billed, np.rint(quantities * charged), 0).astype(np.int64)
    flat = (table.means[accounts] == 0) & billed
    discount_item = flat.argmax(axis=1)
    discount = np.where((table.discount_runs_to[accounts] >= begins) & flat.any(axis=1), table.discount[accounts], 0)
    discount = np.minimum(discount, amounts[np.arange(n), discount_item]).astype(np.int64)

    numbers = np.full((n, len(debts)), -1, dtype=np.int64)
    subtotal = np.zeros((n, len(debts)), dtype=np.int64)
    for column in range(len(items)):
        subtotal[:, debt_of[column]] += amounts[:, column]
    subtotal[np.arange(n), debt_of[discount_item]] -= discount
    row, debt = np.nonzero(subtotal > 0)
    numbers[row, debt] = world.number("invoice", len(row))
    _write_invoices(
        world, today, accounts[row], table.debts[accounts[row], debt], numbers[row, debt], subtotal[row, debt], rng
    )

    bill_of = _Bill(accounts, begins, ends, quantities, charged, amounts, discount, discount_item, billed, debt_of)
    _write_lines(world, out, today, bill_of, numbers)
    voided = np.where(rng.random(numbers.shape) < profile.payments.void_rate, numbers, -1)
    again = np.flatnonzero((voided >= 0).ravel())
    copies = np.full(numbers.size, -1, dtype=np.int64)
    copies[again] = world.number("invoice", len(again))
    copies = copies.reshape(numbers.shape)
    _write_voided(world, out, today, accounts, copies, subtotal)
    _write_lines(world, out, today, bill_of, copies)
    less = np.flatnonzero((discount > 0) & (numbers[np.arange(n), debt_of[discount_item]] >= 0))
    seen = numbers[:, debt_of] >= 0
    at, which = np.nonzero(under & billed & seen)
    lost = np.rint(quantities[at, which] * (contract - charged)[at, which])
    record_leaks(world, "underbilled", accounts[at], lost, today.day, "invoices", numbers[at, debt_of[which]])
    late = less[table.discount_to[accounts[less]] < begins[less]]
    record_leaks(
        world,
        "underbilled",
        accounts[late],
        discount[late],
        today.day,
        "invoices",
        numbers[late, debt_of[discount_item[late]]],
    )
    at, which = np.nonzero(unbilled)
    lost = np.rint(quantities[at, which] * contract[at, which])
    record_leaks(world, "unbilled_service", accounts[at], lost, today.day, "accounts", accounts[at])


@dataclass(frozen=True)
class _Bill:
    """What lines are written from: per account (n,), per account and item (n, items), debt of each item (items,)."""

    accounts: Array
    begins: Array
    ends: Array
    quantities: Array
    charged: Array
    amounts: Array
    discount: Array
    discount_item: Array
    billed: Array
    debt_of: Array


def _write_lines(world: World, out: Buffers, today: Today, bill: _Bill, numbers: Array) -> None:
    """Lines of the invoices `numbers` (n, debts), -1 = none: one an item, and one for a discount."""
    when, items = today.at(7200 + 60), bill.amounts.shape[1]
    row, item = np.nonzero(bill.billed & (numbers[:, bill.debt_of] >= 0))
    out.emit(
        "invoice_lines", len(row), line_id=world.number("line", len(row)), item=item,
        invoice_id=numbers[row, bill.debt_of[item]], service_from=bill.begins[row], service_to=bill.ends[row],
        quantity=bill.quantities[row, item], unit_price_cents=bill.charged[row, item],
        amount_cents=bill.amounts[row, item],
        recorded_at=when,
    )  # fmt: skip
    n = len(bill.accounts)
    less = np.flatnonzero((bill.discount > 0) & (numbers[np.arange(n), bill.debt_of[bill.discount_item]] >= 0))
    item = bill.discount_item[less]
    out.emit(
        "invoice_lines", len(less), line_id=world.number("line", len(less)), item=item + items,
        invoice_id=numbers[less, bill.debt_of[item]], service_from=bill.begins[less], service_to=bill.ends[less],
        quantity=1.0, unit_price_cents=-bill.discount[less], amount_cents=-bill.discount[less], recorded_at=when,
    )  # fmt: skip


def _write_voided(world: World, out: Buffers, today: Today, accounts: Array, numbers: Array, subtotal: Array) -> None:
    """Now and then a bill is written twice and one copy voided the same day: it asks for nothing."""
    table = world.accounts
    row, debt = np.nonzero(numbers >= 0)
    owner = accounts[row]
    net = np.array([t.net_days for t in world.profile.terms])[table.terms[owner]]
    tax = np.rint(subtotal[row, debt] * world.profile.tax_rate).astype(np.int64)
    out.emit(
        "invoices", len(row), invoice_id=numbers[row, debt], account_id=owner, debt_id=table.debts[owner, debt],
        status=VOID,
        currency=table.currency[owner], issued_on=today.day, due_on=today.day + net,
        total_cents=subtotal[row, debt] + tax,
        tax_cents=tax, recorded_at=today.at(7200 + 1800),
    )  # fmt: skip


def _write_invoices(
    world: World, today: Today, accounts: Array, debts: Array, numbers: Array, subtotal: Array, rng: np.random.Generator
) -> None:
    """Issue invoices and decide, once, when their payer means to pay (`plan_on`; NEVER = forgets or cannot)."""
    table, persons, profile, n = world.accounts, world.persons, world.profile, len(accounts)
    terms = profile.terms
    net = np.array([t.net_days for t in terms])[table.terms[accounts]]
    tax = np.rint(subtotal * profile.tax_rate).astype(np.int64)
    total = subtotal + tax
    wrong = rng.random(n) < profile.leak_rate("invoice_error")
    missing = wrong & (rng.random(n) < 0.5)
    due = today.day + net + np.where(wrong & ~missing, 15, 0)
    person = table.person[accounts]
    in_hardship = (persons.hardship_from[person] <= today.day) & (persons.hardship_to[person] > today.day)
    willing = rng.random(n) < persons.on_time[person] * np.where(in_hardship, 0.45, 1.0)
    days_early = np.minimum(rng.exponential(5, n).astype(np.int64), np.maximum(net - 1, 0))
    rate = np.array([t.discount_rate or 0.0 for t in terms])[table.terms[accounts]]
    days = np.array([t.discount_days or 0 for t in terms])[table.terms[accounts]]
    offered = np.rint(total * rate).astype(np.int64)
    takes = (offered > 0) & (rng.random(n) < 0.5)
    slips = takes & (rng.random(n) < profile.leak_rate("discount_taken_late"))
    # who means to pay in time allows for the days that the money is under way
    on_the_way = np.array([1, 3, 2])[table.method[accounts]]
    by = due - on_the_way
    manual = np.where(takes, today.day + np.maximum(days - 3, 0) + np.where(slips, 8, 0), by - days_early)
    auto = table.autopay[accounts] & ~table.closed[accounts]
    plan_on = np.where(auto, by, np.where(willing, manual, NEVER))
    plan_on = np.where(plan_on < NEVER, np.maximum(plan_on, today.day + 1), NEVER)
    issued = today.at(7200)
    world.invoices.append(
        n, number=numbers, account=accounts, debt=debts, issued=today.day, due=due,
        due_written=np.where(missing, NO_DAY, due),
        sent=issued + rng.integers(600, 36_000, n) * 1_000_000, total=total, tax=tax, open=total, status=OPEN,
        plan_on=plan_on, discount=np.where(takes & ~auto & willing, offered, 0), discount_by=today.day + days,
        recorded=issued,
    )  # fmt: skip
    record_leaks(world, "invoice_error", accounts[wrong], total[wrong], today.day, "invoices", numbers[wrong])
