"""What accounts are billed, and what goes wrong while billing: usage, invoices and their lines, one call a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, NO_DAY, NO_TIME, Array
from recoup.synthetic.contracts import first_flat_item, renew
from recoup.synthetic.lapses import NOTHING, Period, draw_lapses, note_discounts, note_lines, spoil_totals
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
    rng = today.rng(BILLING)
    begins = table.billed_to[accounts] + 1
    ends = np.where(table.closed[accounts], np.minimum(table.closed_on[accounts], today.day - 1), today.day - 1)
    renew(world, out, today, accounts[begins >= table.reprice_on[accounts]])
    quantities = _use(world, out, today, accounts, begins, ends, rng)
    table.billed_to[accounts] = ends
    period = draw_lapses(world, out, today, accounts, begins, ends, quantities, rng)
    _invoice(world, out, today, period, rng)
    table.billed[accounts] = True
    later = table.prices_next[accounts]
    table.prices[accounts] = np.where(later > 0, later, table.prices[accounts])
    table.prices_next[accounts] = 0


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


def _invoice(world: World, out: Buffers, today: Today, p: Period, rng: np.random.Generator) -> None:
    table, profile, accounts = world.accounts, world.profile, p.accounts
    n = len(accounts)
    items, debts = item_names(profile), debt_names(profile)
    debt_of = np.zeros(len(items), dtype=np.int64)
    for product in profile.products:
        for item in product.items:
            debt_of[items.index(item.item)] = debts.index(item.debt)
    amounts = np.where(p.billed, np.rint(p.quantities * p.charged), 0).astype(np.int64)
    discount_item, has_flat = first_flat_item(world, accounts)
    runs = has_flat & p.billed[np.arange(n), discount_item] & (table.discount_runs_to[accounts] >= p.begins)
    discount = np.minimum(np.where(runs, table.discount[accounts], 0), amounts[np.arange(n), discount_item])
    discount = discount.astype(np.int64)

    numbers = np.full((n, len(debts)), -1, dtype=np.int64)
    subtotal = np.zeros((n, len(debts)), dtype=np.int64)
    for column in range(len(items)):
        subtotal[:, debt_of[column]] += amounts[:, column]
    subtotal[np.arange(n), debt_of[discount_item]] -= discount
    late = _late_lines(world, accounts, p.lapse, debt_of)
    np.add.at(subtotal, (late.row, late.debt), late.amount)
    row, debt = np.nonzero(subtotal > 0)
    numbers[row, debt] = world.number("invoice", len(row))
    rounding = _round(world, out, today, numbers, accounts, rng)
    taxed = subtotal[row, debt]
    subtotal += rounding
    _write_invoices(
        world,
        today,
        accounts[row],
        table.debts[accounts[row], debt],
        numbers[row, debt],
        subtotal[row, debt],
        taxed,
        rng,
    )

    bill_of = _Bill(p, amounts, discount, discount_item, debt_of)
    lines, discount_lines, less = _write_lines(world, out, today, bill_of, numbers)
    note_lines(world, today, p, lines)
    note_discounts(world, today, accounts[less], p.begins[less], discount[less], discount_lines)
    _write_late_lines(world, out, today, late, numbers)
    plain = np.ones(n, dtype=bool)
    plain[late.row] = False
    rate = max(profile.payments.void_rate, profile.innocent_rate("invoice_error"))
    may_void = (numbers >= 0) & plain[:, None] & (rounding == 0)
    voided = np.where((rng.random(numbers.shape) < rate) & may_void, numbers, -1)
    again = np.flatnonzero((voided >= 0).ravel())
    copies = np.full(numbers.size, -1, dtype=np.int64)
    copies[again] = world.number("invoice", len(again))
    copies = copies.reshape(numbers.shape)
    _write_voided(world, out, today, accounts, copies, subtotal)
    _write_lines(world, out, today, bill_of, copies)


@dataclass(frozen=True)
class _Bill:
    """What lines are written from: per account (n,), per account and item (n, items), debt of each item (items,)."""

    period: Period
    amounts: Array
    discount: Array
    discount_item: Array
    debt_of: Array


@dataclass(frozen=True)
class _LateLines:
    """Lines held back from an earlier bill, row-aligned: position among today's accounts, debt, item, period, …"""

    row: Array
    debt: Array
    item: Array
    begins: Array
    ends: Array
    quantity: Array
    price: Array
    amount: Array


def _late_lines(world: World, accounts: Array, lapse: Array, debt_of: Array) -> _LateLines:
    """Take up what waits for these accounts' bills. A fee goes to the account's first debt."""
    carried = world.carried
    position = np.full(len(world.accounts), -1, dtype=np.int64)
    # where something waits, nothing new is held back; so with a lapse, it was held back just now
    position[accounts] = np.where(lapse == NOTHING, np.arange(len(accounts)), -1)
    row = position[carried.account]
    ready = row >= 0
    at = np.flatnonzero(ready)
    first_debt = (world.accounts.debts[carried.account[at]] >= 0).argmax(axis=1)
    is_fee = carried.item[at] >= len(debt_of)
    debt = np.where(is_fee, first_debt, debt_of[np.minimum(carried.item[at], len(debt_of) - 1)])
    quantity, price = carried.quantity[at].copy(), carried.price[at].copy()
    taken = _LateLines(
        row[at], debt, carried.item[at].copy(), carried.begins[at].copy(), carried.ends[at].copy(), quantity, price,
        np.rint(quantity * price).astype(np.int64),
    )  # fmt: skip
    carried.keep(~ready)
    return taken


def _write_late_lines(world: World, out: Buffers, today: Today, late: _LateLines, numbers: Array) -> None:
    items = len(item_names(world.profile))
    count = len(late.row)
    item = np.where(late.item >= items, 2 * items + words.EXTRA_LINES.index("late_fee"), late.item)
    out.emit(
        "invoice_lines", count, line_id=world.number("line", count), item=item,
        invoice_id=numbers[late.row, late.debt], service_from=late.begins, service_to=late.ends,
        quantity=late.quantity, unit_price_cents=late.price, amount_cents=late.amount, recorded_at=today.at(7200 + 60),
    )  # fmt: skip


def _round(
    world: World, out: Buffers, today: Today, numbers: Array, accounts: Array, rng: np.random.Generator
) -> Array:
    """On some invoices a line of a few cents makes the sum round. → cents to add, int64, shape of `numbers`."""
    chosen = (numbers >= 0) & (rng.random(numbers.shape) < world.profile.innocent_rate("invoice_error") * 0.5)
    cents = np.where(chosen, np.where(rng.random(numbers.shape) < 0.5, 1, 2), 0).astype(np.int64)
    row, debt = np.nonzero(chosen)
    items = len(item_names(world.profile))
    out.emit(
        "invoice_lines", len(row), line_id=world.number("line", len(row)),
        item=2 * items + words.EXTRA_LINES.index("rounding"), invoice_id=numbers[row, debt], quantity=1.0,
        unit_price_cents=cents[row, debt], amount_cents=cents[row, debt], recorded_at=today.at(7200 + 60),
    )  # fmt: skip
    record_leaks(
        world, "invoice_error", "rounding_line", accounts[row], cents[row, debt], today.day, "invoices",
        numbers[row, debt], innocent=True,
    )  # fmt: skip
    return cents


def _write_lines(world: World, out: Buffers, today: Today, bill: _Bill, numbers: Array) -> tuple[Array, Array, Array]:
    """Lines of the invoices `numbers` (n, debts), -1 = none: one an item, and one for a discount.

    Returns:
        Line numbers by account and item (−1 = none), those of the discounts, and the discounts' positions.
    """
    p, when, items = bill.period, today.at(7200 + 60), bill.amounts.shape[1]
    row, item = np.nonzero(p.billed & (numbers[:, bill.debt_of] >= 0))
    lines = np.full(bill.amounts.shape, -1, dtype=np.int64)
    lines[row, item] = world.number("line", len(row))
    out.emit(
        "invoice_lines", len(row), line_id=lines[row, item], item=item, invoice_id=numbers[row, bill.debt_of[item]],
        service_from=p.begins[row], service_to=p.ends[row], quantity=p.quantities[row, item],
        unit_price_cents=p.charged[row, item], amount_cents=bill.amounts[row, item], recorded_at=when,
    )  # fmt: skip
    n = len(p.accounts)
    less = np.flatnonzero((bill.discount > 0) & (numbers[np.arange(n), bill.debt_of[bill.discount_item]] >= 0))
    item = bill.discount_item[less]
    discount_lines = world.number("line", len(less))
    out.emit(
        "invoice_lines", len(less), line_id=discount_lines, item=item + items,
        invoice_id=numbers[less, bill.debt_of[item]], service_from=p.begins[less], service_to=p.ends[less],
        quantity=1.0, unit_price_cents=-bill.discount[less], amount_cents=-bill.discount[less], recorded_at=when,
    )  # fmt: skip
    return lines, discount_lines, less


def _write_voided(world: World, out: Buffers, today: Today, accounts: Array, numbers: Array, subtotal: Array) -> None:
    """Now and then a bill is written twice and one copy voided the same day: it asks for nothing, errors and all."""
    table = world.accounts
    row, debt = np.nonzero(numbers >= 0)
    owner, copies = accounts[row], numbers[row, debt]
    net = np.array([t.net_days for t in world.profile.terms])[table.terms[owner]]
    tax = np.rint(subtotal[row, debt] * world.profile.tax_rate).astype(np.int64)
    no_date, short = copies % 3 == 0, np.where(copies % 3 == 1, subtotal[row, debt] // 10, 0)
    out.emit(
        "invoices", len(row), invoice_id=copies, account_id=owner, debt_id=table.debts[owner, debt], status=VOID,
        currency=table.currency[owner], issued_on=today.day, due_on=np.where(no_date, NO_DAY, today.day + net),
        total_cents=subtotal[row, debt] + tax - short, tax_cents=tax, recorded_at=today.at(7200 + 1800),
    )  # fmt: skip
    spoilt = no_date | (short > 0)
    record_leaks(
        world, "invoice_error", "voided_copy", owner[spoilt], subtotal[row, debt][spoilt], today.day, "invoices",
        copies[spoilt], innocent=True,
    )  # fmt: skip


def _write_invoices(
    world: World, today: Today, accounts: Array, debts: Array, numbers: Array, subtotal: Array, taxed: Array,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Issue invoices and decide, once, when their payer means to pay (`plan_on`; NEVER = forgets or cannot)."""
    table, persons, profile, n = world.accounts, world.persons, world.profile, len(accounts)
    terms = profile.terms
    net = np.array([t.net_days for t in terms])[table.terms[accounts]]
    no_tax = rng.random(n) < profile.innocent_rate("invoice_error")
    tax = np.where(no_tax, 0, np.rint(taxed * profile.tax_rate)).astype(np.int64)
    heads = spoil_totals(world, today, accounts, numbers, subtotal, tax, today.day + net, no_tax, rng)
    total, due = heads.total, heads.due
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
    on_the_way = np.array([1, 3, 6])[table.method[accounts]]
    by = due - on_the_way
    in_time = today.day + np.maximum(days - on_the_way - rng.integers(0, 3, n), 0)
    manual = np.where(takes, np.where(slips, today.day + days + 1 + rng.integers(0, 8, n), in_time), by - days_early)
    auto = table.autopay[accounts] & ~table.closed[accounts]
    plan_on = np.where(auto, by, np.where(willing, manual, NEVER))
    plan_on = np.where(plan_on < NEVER, np.maximum(plan_on, today.day + 1), NEVER)
    issued = today.at(7200)
    world.invoices.append(
        n, number=numbers, account=accounts, debt=debts, issued=today.day, due=due, due_written=heads.due_written,
        sent=issued + rng.integers(600, 36_000, n) * 1_000_000, total=total,
        tax=np.where(no_tax, NO_TIME, heads.tax), open=total, status=OPEN,
        plan_on=plan_on, discount=np.where(takes & ~auto & willing, offered, 0), discount_by=today.day + days,
        recorded=issued,
    )  # fmt: skip
