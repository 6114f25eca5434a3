"""Money that arrives: settlement, application to invoices, returns and chargebacks, exact to the cent."""

from __future__ import annotations

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import Array
from recoup.synthetic.crediting import NIGHT, adjust, grant_credits
from recoup.synthetic.matching import allocate
from recoup.synthetic.noticing import (
    POSTED_AFTER_US,
    note_applied,
    note_cash,
    note_paid,
    note_returned,
    note_settled,
)
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import becomes, record_leaks
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
EVIDENCE_DAYS, WITHDRAWN_WITHIN_DAYS = 14, 10


def settle(world: World, out: Buffers, today: Today) -> None:
    """Settle payments whose day has come, then post: credits and cash to the oldest open invoices."""
    rng, payments = today.rng(SETTLING), world.payments
    rows = np.flatnonzero((payments.settle_on == today.day) & (payments.status == PENDING))
    n = len(rows)
    if n:
        now = np.maximum(today.at(rng.integers(17 * 3600, 21 * 3600, n)), payments.attempted[rows] + 10 * SECOND)
        lag = np.where(payments.hidden[rows], payments.attempted[rows] + POSTED_AFTER_US, now)
        payments.settled[rows] = np.minimum(lag, now)
        payments.status[rows] = SETTLED
        payments.hidden[rows] = False
        world.touched(payments, rows, now, always=True)
        ordinary = rows[~payments.recovery[rows]]
        watched = _watch(world, today, ordinary, rng)
        received = ((payments.settled[ordinary] - today.zero) // DAY_US + today.day).astype(np.int64)
        hold = _lose(world, today, len(ordinary), watched, received, rng)
        world.credits.append(
            len(ordinary), is_payment=True, number=payments.number[ordinary], account=payments.account[ordinary],
            left=payments.amount[ordinary], amount=payments.amount[ordinary], since=today.day, received=received,
            hold_until=hold, watched=watched,
        )  # fmt: skip
        note_settled(world, today, ordinary, received)
        _recover(world, out, today, rows[payments.recovery[rows]])
        _early_discounts(world, out, today, ordinary[payments.discount[ordinary] > 0])
    _end_watches(world, out, today, rng)
    apply_credits(world, out, today)


def _lose(world: World, today: Today, n: int, watched: Array, received: Array, rng: np.random.Generator) -> Array:
    """Day until which each payment matches nothing: some are found within days, some lie for months. int64 (n,)."""
    profile = world.profile
    lost = (rng.random(n) < profile.leak_rate("unapplied_cash")) & ~watched
    found = rng.random(n) < max(profile.payments.unidentified_rate, profile.innocent_rate("unapplied_cash"))
    within = profile.policy.unapplied_after_days
    until = np.where(found & ~watched, received + rng.integers(1, within + 1, n), today.day)
    until = np.where(lost, today.day + within + rng.integers(10, 120, n), until)
    return np.maximum(until, today.day)


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
    # some recognize the charge before any evidence is asked for
    withdrawn = card[comes_back] & (rng.random(len(at)) < rates.chargeback_withdrawn_share)
    ends = np.where(withdrawn, opens + rng.integers(1, 10, len(at)), ends)
    world.watches.append(
        len(at), payment=payments.number[at], account=payments.account[at], amount=payments.amount[at],
        chargeback=card[comes_back], opens_on=opens, ends_on=ends,
        lost=~card[comes_back] | (~withdrawn & (rng.random(len(at)) < rates.chargeback_lost_share)),
    )  # fmt: skip
    payments.watched[at] = True
    return comes_back


def _recover(world: World, out: Buffers, today: Today, rows: Array) -> None:
    """Money after a write-off: booked to what was written off, oldest first, and no application."""
    payments, written = world.payments, world.write_offs
    if len(rows) == 0:
        return
    rows = rows[np.argsort(payments.account[rows], kind="stable")]
    at = np.flatnonzero(written.left > 0)
    at = at[np.argsort(written.account[at], kind="stable")]
    _, which, amount = allocate(
        payments.account[rows], payments.amount[rows], written.account[at], written.left[at]
    )  # fmt: skip
    at = at[which]
    adjust(world, out, today, words.RECOVERY, written.account[at], amount, "paid_after_write_off", written.invoice[at])
    np.subtract.at(written.left, at, amount)
    becomes(world, written.leak[at], "paid_after_all", innocent=False)
    np.add.at(world.leaks.recovered, written.leak[at], amount)
    written.keep(written.left > 0)


def _early_discounts(world: World, out: Buffers, today: Today, rows: Array) -> None:
    """Grant what was deducted for paying early: in time, or by mistake after it; else the rest stays owed."""
    payments, invoices = world.payments, world.invoices
    if len(rows) == 0:
        return
    numbers = payments.discount_invoice[rows]
    at = np.searchsorted(invoices.number, numbers)
    known = (at < len(invoices)) & (invoices.number[np.minimum(at, len(invoices) - 1)] == numbers)
    rows, at = rows[known], at[known]
    by = invoices.discount_by[at]
    paid_on = (payments.attempted[rows] - today.zero) // DAY_US + today.day
    settled_on = (payments.settled[rows] - today.zero) // DAY_US + today.day
    late, in_time = paid_on > by, settled_on <= by
    accounts, amounts, number = payments.account[rows], payments.discount[rows], invoices.number[at]
    given = late | in_time
    grant_credits(
        world, out, today, accounts[given], amounts[given], "early_payment_discount", number[given]
    )  # fmt: skip
    for kind, chosen in (
        ("taken_late", late), ("taken_in_time", in_time), ("short_and_late_without_credit", ~given),
    ):  # fmt: skip
        record_leaks(
            world, "discount_taken_late", kind, accounts[chosen], amounts[chosen], today.day, "invoices",
            number[chosen], innocent=kind != "taken_late",
        )  # fmt: skip


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
            amount=watches.amount[opening], opened=opened, evidence_due=opened + EVIDENCE_DAYS * DAY_US,
            recorded=opened,
        )  # fmt: skip
        watches.leak[opening] = record_leaks(
            world, "chargeback", "open_in_time", watches.account[opening], watches.amount[opening], today.day,
            "disputes", numbers, innocent=True,
        )  # fmt: skip
    overdue = np.flatnonzero(watches.chargeback & (watches.opens_on == today.day - EVIDENCE_DAYS))
    becomes(world, watches.leak[overdue], "open_past_evidence_date", innocent=False)
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
    early = watches.ends_on[closing] - watches.opens_on[closing] < WITHDRAWN_WITHIN_DAYS
    disputes.outcome[where] = np.where(watches.lost[closing], words.LOST, np.where(early, words.WITHDRAWN, words.WON))
    world.touched(disputes, where, now)
    lost = watches.lost[closing]
    becomes(world, watches.leak[closing[lost]], "lost", innocent=False)
    becomes(world, watches.leak[closing[~lost]], "won", innocent=True)
    back = rows[~watches.chargeback[rows] & (payments.retry_of[at] < 0)]
    note_returned(world, today, watches.account[back], watches.amount[back], watches.payment[back])
    gone = rows[watches.lost[rows]]
    note_cash(world, watches.account[gone], -watches.amount[gone], np.full(len(gone), today.day))
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
        adjust(
            world, out, today, words.DEBIT, invoices.account[fee], amounts, "returned_item_fee", invoices.number[fee]
        )
        invoices.open[fee] += amounts


def apply_credits(world: World, out: Buffers, today: Today) -> None:
    """Post every usable credit and payment to the account's open invoices, oldest due first, at most what is open."""
    credits_, invoices = world.credits, world.invoices
    _apply_targeted(world, out, today)
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


def _apply_targeted(world: World, out: Buffers, today: Today) -> None:
    """A credit for an invoice goes there first, as far as the invoice is open."""
    credits_, invoices = world.credits, world.invoices
    usable = np.flatnonzero((credits_.left > 0) & (credits_.invoice >= 0) & (credits_.since == today.day))
    if len(usable) == 0:
        return
    usable = usable[np.argsort(credits_.invoice[usable], kind="stable")]
    owing = np.flatnonzero((invoices.open > 0) & np.isin(invoices.number, credits_.invoice[usable]))
    item, invoice, amount = allocate(
        credits_.invoice[usable], credits_.left[usable], invoices.number[owing], invoices.open[owing]
    )
    _post(world, out, today, usable[item], owing[invoice], amount)


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
    note_applied(world, today, item, amount)
    np.subtract.at(credits_.left, item, amount)
    np.subtract.at(invoices.open, invoice, amount)
    paid = np.unique(invoice[invoices.open[invoice] == 0])
    note_paid(world, today, paid)
    invoices.status[paid] = PAID
    world.touched(invoices, paid, today.at(NIGHT))
    watched = credits_.watched[item]
    world.watched_applications.append(
        int(watched.sum()), application=numbers[watched], payment=credits_.number[item[watched]],
        invoice=invoices.number[invoice[watched]], amount=amount[watched],
    )  # fmt: skip
    np.add.at(invoices.watched, invoice[watched], 1)
