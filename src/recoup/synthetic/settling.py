"""Money that arrives: settlement, application to invoices, returns and chargebacks, exact to the cent."""

from __future__ import annotations

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import Array
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import (
    CARD,
    DAY_US,
    OPEN,
    PAID,
    PENDING,
    RETURNED,
    SECOND,
    SETTLED,
    Today,
    World,
)  # fmt: skip

SETTLING = 6  # subject of the day's random stream
NIGHT = 22 * 3600  # seconds after midnight at which the ledger's daily run posts


def settle(world: World, out: Buffers, today: Today) -> None:
    """Settle payments whose day has come, then post: credits and cash to the oldest open invoices."""
    rng, payments, rates = today.rng(SETTLING), world.payments, world.profile.payments
    rows = np.flatnonzero((payments.settle_on == today.day) & (payments.status == PENDING))
    n = len(rows)
    if n:
        now = np.maximum(today.at(rng.integers(17 * 3600, 21 * 3600, n)), payments.attempted[rows] + 10 * SECOND)
        lag = np.where(payments.hidden[rows], payments.attempted[rows] + 6 * 3600 * SECOND, now)
        payments.settled[rows] = np.minimum(lag, now)
        payments.status[rows] = SETTLED
        payments.hidden[rows] = False
        world.touched(payments, rows, now, always=True)
        ordinary = rows[~payments.recovery[rows]]
        watched = _watch(world, today, ordinary, rng)
        unknown = (rng.random(len(ordinary)) < rates.unidentified_rate) & ~watched
        lost = unknown & (rng.random(len(ordinary)) < 0.5)
        hold = np.where(
            lost, rng.integers(45, 150, len(ordinary)), np.where(unknown, rng.integers(2, 20, len(ordinary)), 0)
        )
        world.credits.append(
            len(ordinary), is_payment=True, number=payments.number[ordinary], account=payments.account[ordinary],
            left=payments.amount[ordinary], since=today.day, hold_until=today.day + hold, watched=watched,
        )  # fmt: skip
        leaked = ordinary[lost]
        record_leaks(
            world, "unapplied_cash", payments.account[leaked], payments.amount[leaked], today.day, "payments",
            payments.number[leaked],
        )  # fmt: skip
        _recover(world, out, today, rows[payments.recovery[rows]])
        _early_discounts(world, out, today, ordinary[payments.discount[ordinary] > 0])
    _end_watches(world, out, today, rng)
    apply_credits(world, out, today)


def _watch(world: World, today: Today, rows: Array, rng: np.random.Generator) -> Array:
    """Choose payments that will come back: bank returns within days, chargebacks within weeks. → bool (n,)."""
    payments, rates, n = world.payments, world.profile.payments, len(rows)
    card = payments.method[rows] == CARD
    risk = np.array([payer.decline for payer in world.profile.payers.values()])
    weight = risk[world.persons.payer[world.accounts.person[payments.account[rows]]]]
    share = np.array([payer.share for payer in world.profile.payers.values()])
    weight = weight / max(float((risk * share).sum() / share.sum()), 1e-9)
    comes_back = rng.random(n) < np.where(card, rates.chargeback_rate, rates.return_rate * weight)
    at = rows[comes_back]
    opens = today.day + np.where(card[comes_back], rng.integers(8, 40, len(at)), 0)
    ends = np.where(card[comes_back], opens + rng.integers(20, 60, len(at)), today.day + rng.integers(2, 6, len(at)))
    world.watches.append(
        len(at), payment=payments.number[at], account=payments.account[at], amount=payments.amount[at],
        chargeback=card[comes_back], opens_on=opens, ends_on=ends,
        lost=~card[comes_back] | (rng.random(len(at)) < rates.chargeback_lost_share),
    )  # fmt: skip
    payments.watched[at] = True
    return comes_back


def _adjust(world: World, out: Buffers, today: Today, kind: int, accounts: Array, amounts: Array, reason: str,
            invoices: Array | int = -1) -> Array:  # fmt: skip
    """Write adjustments of one kind; amounts in cents (n,). → their numbers, int64 (n,)."""
    numbers = world.number("adjustment", len(accounts))
    out.emit(
        "adjustments", len(accounts), adjustment_id=numbers, account_id=accounts, invoice_id=invoices, kind=kind,
        currency=world.accounts.currency[accounts], amount_cents=amounts, on=today.day,
        reason=words.REASONS.index(reason),
        recorded_at=today.at(NIGHT),
    )  # fmt: skip
    return numbers


def _recover(world: World, out: Buffers, today: Today, rows: Array) -> None:
    payments = world.payments
    _adjust(world, out, today, words.RECOVERY, payments.account[rows], payments.amount[rows], "paid_after_write_off")


def grant_credits(world: World, out: Buffers, today: Today, accounts: Array, amounts: Array, reason: str) -> None:
    """Give credits (cents); some, at the profile's leak rate, are given twice."""
    if len(accounts) == 0:
        return
    rng = today.rng(SETTLING * 100 + words.REASONS.index(reason))
    numbers = _adjust(world, out, today, words.CREDIT, accounts, amounts, reason)
    twice = rng.random(len(accounts)) < (
        world.profile.leak_rate("duplicate_credit") if reason != "early_payment_discount" else 0
    )
    again = _adjust(world, out, today, words.CREDIT, accounts[twice], amounts[twice], reason)
    record_leaks(world, "duplicate_credit", accounts[twice], amounts[twice], today.day, "adjustments", again)
    world.credits.append(
        len(numbers) + len(again), is_payment=False, number=np.concatenate([numbers, again]), since=today.day,
        account=np.concatenate([accounts, accounts[twice]]), left=np.concatenate([amounts, amounts[twice]]),
    )  # fmt: skip


def _early_discounts(world: World, out: Buffers, today: Today, rows: Array) -> None:
    payments, invoices = world.payments, world.invoices
    if len(rows) == 0:
        return
    accounts, amounts = payments.account[rows], payments.discount[rows]
    grant_credits(world, out, today, accounts, amounts, "early_payment_discount")
    by = np.full(len(world.accounts), np.iinfo(np.int32).min, dtype=np.int64)
    offered = invoices.discount > 0
    np.maximum.at(by, invoices.account[offered], invoices.discount_by[offered])
    paid_on = (payments.attempted[rows] - today.zero) // DAY_US + today.day
    late = paid_on > by[accounts]
    record_leaks(
        world, "discount_taken_late", accounts[late], amounts[late], today.day, "payments", payments.number[rows[late]]
    )


def _end_watches(world: World, out: Buffers, today: Today, rng: np.random.Generator) -> None:
    """Open and close chargebacks, return bank payments; what is lost comes off the invoices again."""
    watches, disputes = world.watches, world.disputes
    opening = np.flatnonzero(watches.chargeback & (watches.opens_on == today.day))
    if len(opening):
        numbers = world.number("dispute", len(opening))
        watches.dispute[opening] = numbers
        opened = today.at(rng.integers(9 * 3600, 17 * 3600, len(opening)))
        disputes.append(
            len(opening), number=numbers, payment=watches.payment[opening], account=watches.account[opening],
            chargeback=True,
            amount=watches.amount[opening], opened=opened, evidence_due=opened + 14 * DAY_US, recorded=opened,
        )  # fmt: skip
    ending = watches.ends_on == today.day
    rows = np.flatnonzero(ending)
    if len(rows) == 0:
        return
    payments = world.payments
    at = np.searchsorted(payments.number, watches.payment[rows])
    payments.watched[at] = False
    now = today.at(NIGHT - 600)
    returned = at[~watches.chargeback[rows]]
    payments.status[returned] = RETURNED
    world.touched(payments, returned, now, always=True)
    closing = rows[watches.chargeback[rows]]
    where = np.searchsorted(disputes.number, watches.dispute[closing])
    disputes.closed[where] = now
    disputes.outcome[where] = np.where(watches.lost[closing], 1, 0)
    world.touched(disputes, where, now)
    lost = closing[watches.lost[closing]]
    record_leaks(
        world, "chargeback", watches.account[lost], watches.amount[lost], today.day, "payments", watches.payment[lost]
    )
    _reverse(world, out, today, watches.payment[rows], watches.lost[rows])
    watches.keep(~ending)


def _reverse(world: World, out: Buffers, today: Today, payments: Array, lost: Array) -> None:
    """Release watched payments; the applications of lost ones are reversed and their invoices open again."""
    applied, invoices, credits_ = world.watched_applications, world.invoices, world.credits
    involved = np.isin(applied.payment, payments)
    gone = np.flatnonzero(np.isin(applied.payment, payments[lost]))
    out.emit(
        "applications", len(gone), application_id=world.number("application", len(gone)),
        payment_id=applied.payment[gone],
        invoice_id=applied.invoice[gone], amount_cents=applied.amount[gone], applied_on=today.day,
        reverses=applied.application[gone], recorded_at=today.at(NIGHT),
    )  # fmt: skip
    rows = np.searchsorted(invoices.number, applied.invoice[gone])
    np.add.at(invoices.open, rows, applied.amount[gone])
    invoices.status[rows] = OPEN
    world.touched(invoices, rows, today.at(NIGHT))
    np.subtract.at(invoices.watched, np.searchsorted(invoices.number, applied.invoice[involved]), 1)
    applied.keep(~involved)
    mine = credits_.is_payment & np.isin(credits_.number, payments)
    credits_.watched[mine] = False
    credits_.left[credits_.is_payment & np.isin(credits_.number, payments[lost])] = 0
    fee = rows[:1] if len(rows) and today.day % 3 == 0 else rows[:0]
    if len(fee):
        amounts = np.full(len(fee), 2500, dtype=np.int64)
        _adjust(
            world, out, today, words.DEBIT, invoices.account[fee], amounts, "returned_item_fee", invoices.number[fee]
        )
        invoices.open[fee] += amounts


def apply_credits(world: World, out: Buffers, today: Today) -> None:
    """Post every usable credit and payment to the account's open invoices, oldest due first, at most what is open."""
    credits_, invoices = world.credits, world.invoices
    usable = np.flatnonzero((credits_.left > 0) & (credits_.hold_until <= today.day))
    if len(usable):
        has_money = np.zeros(len(world.accounts), dtype=bool)
        has_money[credits_.account[usable]] = True
        owing = np.flatnonzero((invoices.open > 0) & has_money[invoices.account])
        owing = owing[np.lexsort((owing, invoices.due[owing], invoices.account[owing]))]
        usable = usable[np.argsort(credits_.account[usable], kind="stable")]
        item, invoice, amount = allocate(
            credits_.account[usable], credits_.left[usable], invoices.account[owing], invoices.open[owing]
        )
        _post(world, out, today, usable[item], owing[invoice], amount)
    credits_.keep(credits_.left > 0)


def _post(world: World, out: Buffers, today: Today, item: Array, invoice: Array, amount: Array) -> None:
    credits_, invoices = world.credits, world.invoices
    numbers = world.number("application", len(item))
    is_payment = credits_.is_payment[item]
    out.emit(
        "applications", len(item), application_id=numbers, payment_id=np.where(is_payment, credits_.number[item], -1),
        credit_id=np.where(is_payment, -1, credits_.number[item]), invoice_id=invoices.number[invoice],
        amount_cents=amount,
        applied_on=today.day, reverses=-1, recorded_at=today.at(NIGHT),
    )  # fmt: skip
    np.subtract.at(credits_.left, item, amount)
    np.subtract.at(invoices.open, invoice, amount)
    paid = np.unique(invoice[invoices.open[invoice] == 0])
    invoices.status[paid] = PAID
    world.touched(invoices, paid, today.at(NIGHT))
    watched = credits_.watched[item]
    world.watched_applications.append(
        int(watched.sum()), application=numbers[watched], payment=credits_.number[item[watched]],
        invoice=invoices.number[invoice[watched]], amount=amount[watched],
    )  # fmt: skip
    np.add.at(invoices.watched, invoice[watched], 1)


def allocate(item_group: Array, item_amount: Array, due_group: Array, due_amount: Array) -> tuple[Array, Array, Array]:
    """Match amounts to dues first come, first served within each group; both sides sorted by group.

    Lays both sides of each group end to end on one line, cut where the shorter side ends; the pieces between all the
    cuts are the matches.

    Returns:
        Positions into items, positions into dues, and amounts > 0, int64, row-aligned.
    """
    groups = np.intersect1d(item_group, due_group)
    item_keep, item_share = _cut(item_group, item_amount, groups, due_group, due_amount)
    due_keep, due_share = _cut(due_group, due_amount, groups, item_group, item_amount)
    item_ends, due_ends = np.cumsum(item_share), np.cumsum(due_share)
    cuts = np.union1d(item_ends, due_ends)
    starts = np.concatenate([[0], cuts[:-1]]).astype(np.int64)
    if len(cuts) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    return (
        item_keep[np.searchsorted(item_ends, starts, side="right")],
        due_keep[np.searchsorted(due_ends, starts, side="right")],
        (cuts - starts).astype(np.int64),
    )


def _cut(group: Array, amount: Array, groups: Array, other_group: Array, other_amount: Array) -> tuple[Array, Array]:
    """Rows of `group` and how much of each is matched: a group gives at most what the other side has."""
    kept = np.flatnonzero(np.isin(group, groups))
    position = np.searchsorted(groups, group[kept])
    inside = np.isin(other_group, groups)
    limit = np.zeros(len(groups), dtype=np.int64)
    np.add.at(limit, np.searchsorted(groups, other_group[inside]), other_amount[inside])
    running = np.cumsum(amount[kept]) - amount[kept]
    first = np.searchsorted(position, np.arange(len(groups)))
    before = running - running[first[position]]
    share = np.clip(limit[position] - before, 0, amount[kept]).astype(np.int64)
    used = share > 0
    return kept[used], share[used]
