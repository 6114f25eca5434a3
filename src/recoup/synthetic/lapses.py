"""What goes wrong while billing, and what only looks as if it had: at most one thing per account and bill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recoup.synthetic.columns import NO_DAY, Array
from recoup.synthetic.contracts import first_flat_item, grant_free_month, reprice
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import Today, World, between, item_names, pick

NOTHING, SKIPPED, TOGETHER, UNBILLED, LATE_LINE, FREE, NEGOTIATED, BELOW = range(8)
WHOLE_PERIOD_DAYS = 20
SMALLEST_PRICE = 8
"""Minor units: below it a price cannot be lowered by a visible share."""


@dataclass(frozen=True)
class Period:
    """What is to be billed: per account (n,), per account and item (n, items).

    Attributes:
        quantities: float64, 1 for a flat price, metered units else, 0 = not had.
        charged: Unit prices that the bill will show, cents.
        billed: Items that get a line on this bill.
        lapse: What happens to the bill, one of the codes above.
        which: The item it happens to.
    """

    accounts: Array
    begins: Array
    ends: Array
    quantities: Array
    charged: Array
    billed: Array
    lapse: Array
    which: Array


def draw_lapses(
    world: World, out: Buffers, today: Today, accounts: Array, begins: Array, ends: Array, quantities: Array,
    rng: np.random.Generator,
) -> Period:  # fmt: skip
    """Decide what befalls each bill, write down what was agreed for it, and note it in the truth."""
    table, profile, n = world.accounts, world.profile, len(accounts)
    had = quantities > 0
    count = had.sum(axis=1)
    draw = rng.random(n)
    which = (np.cumsum(had, axis=1) > (rng.random(n) * count)[:, None]).argmax(axis=1)
    unbilled, under = profile.leak_rate("unbilled_service"), profile.leak_rate("underbilled")
    alike, gap = profile.innocent_rate("unbilled_service"), profile.leak_rate("billing_gap")
    edges = np.cumsum(
        [
            np.full(n, gap), np.full(n, profile.innocent_rate("billing_gap")), unbilled * count, alike * count * 0.6,
            alike * count * 0.6, profile.innocent_rate("underbilled") * count, under * count,
        ],
        axis=0,
    )  # fmt: skip
    edges = edges * np.minimum(1, 0.6 / np.maximum(edges[-1], 1e-9))
    step = (draw[None, :] >= edges).sum(axis=0)
    lapse = np.array([SKIPPED, TOGETHER, UNBILLED, LATE_LINE, FREE, NEGOTIATED, BELOW, NOTHING])[step]
    waiting = np.zeros(len(table), dtype=bool)
    waiting[world.carried.account] = True
    # nobody can say that a bill is missing before the first one
    whole = (
        table.billed[accounts]
        & ~table.closed[accounts]
        & (ends - begins >= WHOLE_PERIOD_DAYS)
        & ~waiting[accounts]
        & (count > 0)
    )
    lapse = np.where(whole, lapse, NOTHING)
    # of a single item nobody can say whether the item or the whole period was forgotten
    lapse = np.where((count == 1) & (lapse == UNBILLED), SKIPPED, lapse)
    lapse = np.where((count == 1) & (lapse == LATE_LINE), TOGETHER, lapse)
    at = np.arange(n)
    flat, has_flat = first_flat_item(world, accounts)
    which = np.where(lapse == FREE, flat, which)
    discounted = table.discount_runs_to[accounts] >= begins
    on_discounted = np.isin(lapse, [UNBILLED, LATE_LINE, BELOW, NEGOTIATED]) & (which == flat)
    refused = discounted & (np.isin(lapse, [TOGETHER, FREE]) | on_discounted)
    refused |= (lapse == FREE) & (~has_flat | ~had[at, flat])
    price = table.prices[accounts, which].astype(np.int64)
    moved = (price < SMALLEST_PRICE) | (table.prices_next[accounts, which] > 0)
    moved |= table.price_from[accounts, which] >= begins
    refused |= np.isin(lapse, [NEGOTIATED, BELOW]) & moved
    lapse = np.where(refused, NOTHING, lapse)

    charged = table.prices[accounts].astype(np.int64)
    less = np.minimum(np.rint(price * between(rng, 0.7, 0.96, n)).astype(np.int64), price - 1)
    billed = had & ~np.isin(lapse, [SKIPPED, TOGETHER])[:, None]
    billed[at, which] &= ~np.isin(lapse, [UNBILLED, LATE_LINE, FREE])
    period = Period(accounts, begins, ends, quantities, charged, billed, lapse, which)
    _note(world, today, period)
    lower = lapse == BELOW
    charged[at[lower], which[lower]] = less[lower]
    _free(world, out, today, period)
    _negotiate(world, out, today, period, less)
    _hold_back(world, today, period)
    return period


def _note(world: World, today: Today, p: Period) -> None:
    """Whole periods that are skipped, and single items that are forgotten."""
    table = world.accounts
    amounts = np.rint(p.quantities * p.charged).astype(np.int64)
    agreed = np.where(table.discount_to[p.accounts] >= p.begins, table.discount[p.accounts], 0)
    rows = np.flatnonzero(p.lapse == SKIPPED)
    lost, who = np.maximum(amounts[rows].sum(axis=1) - agreed[rows], 0), p.accounts[rows]
    record_leaks(
        world, "billing_gap", "period_skipped", who, lost, today.day, "accounts", who, since=p.begins[rows],
        decidable=today.day + world.profile.policy.late_billing_days,
    )  # fmt: skip
    rows = np.flatnonzero(p.lapse == UNBILLED)
    who, item = p.accounts[rows], p.which[rows]
    record_leaks(
        world, "unbilled_service", "no_line", who, amounts[rows, item], today.day, "accounts", who, item=item,
        since=p.begins[rows], decidable=today.day + world.profile.policy.late_billing_days,
    )  # fmt: skip


def _free(world: World, out: Buffers, today: Today, p: Period) -> None:
    rows = np.flatnonzero(p.lapse == FREE)
    who, item = p.accounts[rows], p.which[rows]
    grant_free_month(world, out, today, who, item, p.begins[rows], p.ends[rows])
    price = world.accounts.prices[who, item]
    record_leaks(
        world, "unbilled_service", "free_month", who, price, today.day, "accounts", who, item=item,
        since=p.begins[rows], innocent=True,
    )  # fmt: skip
    alone = (p.quantities[rows] > 0).sum(axis=1) == 1
    record_leaks(
        world, "billing_gap", "free_month", who[alone], price[alone], today.day, "accounts", who[alone],
        since=p.begins[rows[alone]], innocent=True,
    )  # fmt: skip


def _negotiate(world: World, out: Buffers, today: Today, p: Period, price: Array) -> None:
    """A lower price from the period's first day, written down only after its bill: the bill shows it already."""
    rows = np.flatnonzero(p.lapse == NEGOTIATED)
    who, item = p.accounts[rows], p.which[rows]
    reprice(world, out, who, item, price[rows], p.begins[rows], today.at(10 * 3600))
    world.accounts.prices[who, item] = price[rows]
    p.charged[rows, item] = price[rows]


def _hold_back(world: World, today: Today, p: Period) -> None:
    """Lines that come on the next bill, each with its own period."""
    items = len(item_names(world.profile))
    late = np.zeros_like(p.billed)
    rows = np.flatnonzero(p.lapse == LATE_LINE)
    late[rows, p.which[rows]] = True
    late[p.lapse == TOGETHER] = True
    row, item = np.nonzero(late & (p.quantities > 0))
    assert items == late.shape[1]
    world.carried.append(
        len(row), account=p.accounts[row], item=item, begins=p.begins[row], ends=p.ends[row],
        quantity=p.quantities[row, item], price=p.charged[row, item],
    )  # fmt: skip
    amounts = np.rint(p.quantities * p.charged).astype(np.int64)
    who, item = p.accounts[rows], p.which[rows]
    record_leaks(
        world, "unbilled_service", "billed_on_next_invoice", who, amounts[rows, item], today.day, "accounts", who,
        item=item, since=p.begins[rows], innocent=True, decidable=today.day + world.profile.policy.late_billing_days,
    )  # fmt: skip
    rows = np.flatnonzero(p.lapse == TOGETHER)
    who = p.accounts[rows]
    record_leaks(
        world, "billing_gap", "billed_with_next_period", who, amounts[rows].sum(axis=1), today.day, "accounts", who,
        since=p.begins[rows], innocent=True, decidable=today.day + world.profile.policy.late_billing_days,
    )  # fmt: skip


def note_lines(world: World, today: Today, p: Period, lines: Array) -> None:
    """Note the lines (n, items; −1 = none) that are below the contract, and those that only look so."""
    rows = np.flatnonzero((p.lapse == BELOW) & (lines[np.arange(len(p.lapse)), p.which] >= 0))
    who, item = p.accounts[rows], p.which[rows]
    contract = world.accounts.prices[who, item].astype(np.int64)
    quantity = p.quantities[rows, item]
    lost = np.rint(quantity * contract) - np.rint(quantity * p.charged[rows, item])
    record_leaks(world, "underbilled", "below_contract", who, lost, today.day, "invoice_lines", lines[rows, item])
    rows = np.flatnonzero((p.lapse == NEGOTIATED) & (lines[np.arange(len(p.lapse)), p.which] >= 0))
    who, item = p.accounts[rows], p.which[rows]
    record_leaks(
        world, "underbilled", "negotiated_price", who, 0, today.day, "invoice_lines", lines[rows, item], innocent=True
    )
    higher = world.accounts.prices_next[p.accounts].astype(np.int64)
    row, item = np.nonzero((higher > p.charged) & (lines >= 0))
    lost = np.rint(p.quantities[row, item] * (higher - p.charged)[row, item])
    record_leaks(
        world, "underbilled", "price_changed_in_mid_period", p.accounts[row], lost, today.day, "invoice_lines",
        lines[row, item], innocent=True,
    )  # fmt: skip


def note_discounts(world: World, today: Today, accounts: Array, begins: Array, amounts: Array, lines: Array) -> None:
    """Note discount lines past their end, and the first of those that were granted without one. All (n,)."""
    table = world.accounts
    past = table.discount_to[accounts] < begins
    record_leaks(
        world, "underbilled", "discount_past_its_end", accounts[past], amounts[past], today.day, "invoice_lines",
        lines[past],
    )  # fmt: skip
    # one in five of those that are due, so that the truth does not outgrow the ledger
    standing = ~past & (table.discount_runs_to[accounts] > today.day + 10_000) & (lines % 5 == 0)
    record_leaks(
        world, "underbilled", "standing_discount", accounts[standing], amounts[standing], today.day, "invoice_lines",
        lines[standing], innocent=True,
    )  # fmt: skip


@dataclass(frozen=True)
class Totals:
    """What the head of an invoice says, row-aligned int64 (n,); NO_DAY = not written."""

    total: Array
    tax: Array
    due: Array
    due_written: Array


def spoil_totals(
    world: World, today: Today, accounts: Array, numbers: Array, subtotal: Array, tax: Array, due: Array,
    no_tax_stated: Array, rng: np.random.Generator,
) -> Totals:  # fmt: skip
    """Errors in the heads of invoices; `no_tax_stated` (bool (n,)) bear no tax and say nothing of it."""
    n = len(accounts)
    wrong = (rng.random(n) < world.profile.leak_rate("invoice_error")) & ~no_tax_stated & (subtotal > 100)
    kind = np.where(wrong, pick(rng, [1, 1, 1, 1], n), -1)
    kind = np.where((kind == 3) & (tax < 2), 2, kind)
    short = np.maximum((subtotal * between(rng, 0.02, 0.3, n)).astype(np.int64), 1)
    short = np.select([kind == 2, kind == 3], [short, tax - tax // 2], 0)
    total = subtotal + tax - short
    late_due = due + np.where(kind == 1, rng.integers(10, 31, n), 0)
    for code, name in enumerate(("due_date_missing", "wrong_terms", "lines_not_total", "tax_not_in_total")):
        rows = np.flatnonzero(kind == code)
        at_risk = np.where(short[rows] > 0, short[rows], total[rows])
        record_leaks(world, "invoice_error", name, accounts[rows], at_risk, today.day, "invoices", numbers[rows])
    rows = np.flatnonzero(no_tax_stated)
    record_leaks(
        world, "invoice_error", "no_tax_stated", accounts[rows], 0, today.day, "invoices", numbers[rows], innocent=True
    )
    return Totals(total, tax, late_due, np.where(kind == 0, NO_DAY, late_due))
