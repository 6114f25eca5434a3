"""Credits: given once, now and then twice, and those that only look like a second one."""

from __future__ import annotations

from typing import Any

import numpy as np

from recoup.synthetic import layouts as words
from recoup.synthetic.columns import Array
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import KINDS, record_leaks
from recoup.synthetic.world import Today, World

CREDITING = 10  # subject of the day's random stream
NIGHT = 22 * 3600  # seconds after midnight at which the ledger's daily run posts
DOUBLED_WITHIN_DAYS = 4


def adjust(world: World, out: Buffers, today: Today, kind: int, accounts: Array, amounts: Array, reason: Any,
           invoices: Array | int = -1) -> Array:  # fmt: skip
    """Write adjustments of one kind, cents (n,); `reason` is a word or positions (n,). → their numbers, int64 (n,)."""
    numbers = world.number("adjustment", len(accounts))
    out.emit(
        "adjustments", len(accounts), adjustment_id=numbers, account_id=accounts, invoice_id=invoices, kind=kind,
        currency=world.accounts.currency[accounts], amount_cents=amounts, on=today.day,
        reason=words.REASONS.index(reason) if isinstance(reason, str) else reason, recorded_at=today.at(NIGHT),
    )  # fmt: skip
    return numbers


def grant_credits(
    world: World, out: Buffers, today: Today, accounts: Array, amounts: Array, reason: str,
    invoices: Array | None = None, *, may_be_doubled: bool = False,
) -> Array:  # fmt: skip
    """Give credits (cents), for an invoice or the account; some, at the profile's leak rate, are given twice.

    Returns:
        The adjustments' numbers, int64 (n,).
    """
    target = np.full(len(accounts), -1, dtype=np.int64) if invoices is None else invoices
    numbers = adjust(world, out, today, words.CREDIT, accounts, amounts, reason, target)
    _add(world, today, accounts, amounts, numbers, target)
    if may_be_doubled and len(accounts):
        rng = today.rng(CREDITING * 100 + words.REASONS.index(reason))
        twice = rng.random(len(accounts)) < world.profile.leak_rate("duplicate_credit")
        world.coming_credits.append(
            int(twice.sum()), account=accounts[twice], amount=amounts[twice], reason=words.REASONS.index(reason),
            on=today.day + rng.integers(0, DOUBLED_WITHIN_DAYS, len(accounts))[twice], invoice=target[twice],
            kind=KINDS["duplicate_credit"].index("given_twice"),
        )  # fmt: skip
    return numbers


def _add(world: World, today: Today, accounts: Array, amounts: Array, numbers: Array, target: Array) -> None:
    world.credits.append(
        len(numbers), is_payment=False, number=numbers, since=today.day, received=today.day, account=accounts,
        left=amounts, amount=amounts, invoice=target,
    )  # fmt: skip


def credit_later(world: World, accounts: Array, amounts: Array, reason: str, on: int, kind: str) -> None:
    """Give credits on a later day, or today after the others; `kind` is what they only look like a duplicate for."""
    world.coming_credits.append(
        len(accounts), account=accounts, amount=amounts, reason=words.REASONS.index(reason), on=on,
        kind=KINDS["duplicate_credit"].index(kind),
    )  # fmt: skip


def give_coming(world: World, out: Buffers, today: Today) -> None:
    """Give the credits whose day has come."""
    coming = world.coming_credits
    due = coming.on <= today.day
    rows = np.flatnonzero(due)
    if len(rows) == 0:
        return
    accounts, amounts, invoices = coming.account[rows].copy(), coming.amount[rows].copy(), coming.invoice[rows].copy()
    numbers = adjust(world, out, today, words.CREDIT, accounts, amounts, coming.reason[rows].copy(), invoices)
    _add(world, today, accounts, amounts, numbers, invoices)
    for code, kind in enumerate(KINDS["duplicate_credit"]):
        of_kind = coming.kind[rows] == code
        record_leaks(
            world, "duplicate_credit", kind, accounts[of_kind], amounts[of_kind], today.day, "adjustments",
            numbers[of_kind], innocent=kind != "given_twice",
        )  # fmt: skip
    coming.keep(~due)
