"""Leaks that follow from how people and the company behave: noted when they arise, from the state of the day.

Each is judged at the end of a day, when it can no longer be otherwise. What is paid later raises what was recovered.
"""

from __future__ import annotations

import numpy as np

from recoup.synthetic.columns import NEVER, NO_DAY, Array
from recoup.synthetic.matching import allocate
from recoup.synthetic.profile import LEAK_CAUSES
from recoup.synthetic.truth import KINDS, becomes, record_leaks
from recoup.synthetic.world import DAY_US, PENDING, SECOND, Today, World

UNKNOWN, IN_TIME = -1, -2  # what `credits.leak` says where it is no position
POSTED_LATE_DAYS = 10
POSTED_AFTER_US = 6 * 3600 * SECOND  # as settling has it: a check counts from the day that it came
NEVER_DECIDABLE = 2_932_896  # 9999-12-31, the last day that a calendar has
AT_RISK = ("failed_payment", "untouched_overdue", "broken_promise_not_followed")
"""Causes whose money is recovered by whatever the account pays next."""


def note_failed(world: World, today: Today, accounts: Array, amounts: Array, payments: Array, retry_of: Array) -> None:
    """A failed payment is a leak; a retry of it that fails too is the same one."""
    first = retry_of < 0
    # what would have been paid beyond the debt was never at risk
    amounts = np.minimum(amounts, np.maximum(world.accounts.balance[accounts], 1))
    leaks = record_leaks(
        world, "failed_payment", "first_failure", accounts[first], amounts[first], today.day, "payments",
        payments[first],
    )  # fmt: skip
    _put_at_risk(world, "failed_payment", leaks)
    again = ~first
    record_leaks(
        world, "failed_payment", "failed_retry", accounts[again], amounts[again], today.day, "payments",
        payments[again], innocent=True,
    )  # fmt: skip


def note_returned(world: World, today: Today, accounts: Array, amounts: Array, payments: Array) -> None:
    """Money that the bank takes back was a failed payment all along."""
    leaks = record_leaks(
        world, "failed_payment", "returned_by_the_bank", accounts, amounts, today.day, "payments", payments
    )  # fmt: skip
    _put_at_risk(world, "failed_payment", leaks)


def _put_at_risk(world: World, cause: str, leaks: Array) -> None:
    world.risks.append(
        len(leaks), cause=LEAK_CAUSES.index(cause), account=world.leaks.account[leaks],
        left=world.leaks.amount[leaks], leak=leaks,
    )  # fmt: skip


def note_settled(world: World, today: Today, rows: Array, received: Array) -> None:
    """Settled payments (positions, and the days the money counts for): what they make good, what they keep."""
    payments = world.payments
    attempted = (payments.attempted[rows] - today.zero) // DAY_US + today.day
    # one in three: enough to outnumber the failures, and the truth does not outgrow the ledger
    slow = rows[(received > attempted) & (payments.number[rows] % 3 == 0) & ~payments.watched[rows]]
    record_leaks(
        world, "failed_payment", "slow_settlement", payments.account[slow], payments.amount[slow], today.day,
        "payments", payments.number[slow], innocent=True,
    )  # fmt: skip
    note_cash(world, payments.account[rows], payments.amount[rows], received)
    risks = world.risks
    rows = rows[np.argsort(payments.account[rows], kind="stable")]
    for cause in AT_RISK:
        at = np.flatnonzero(risks.cause == LEAK_CAUSES.index(cause))
        at = at[np.argsort(risks.account[at], kind="stable")]
        _, which, amount = allocate(payments.account[rows], payments.amount[rows], risks.account[at], risks.left[at])
        np.subtract.at(risks.left, at[which], amount)
        np.add.at(world.leaks.recovered, risks.leak[at[which]], amount)
    risks.keep(risks.left > 0)


def note_cash(world: World, accounts: Array, amounts: Array, days: Array) -> None:
    """Count cash (cents; negative = it went back) of the given days toward the promises that run then."""
    promises, grace = world.promises, world.profile.policy.promise_grace_days
    if len(promises) == 0:
        return
    for day in np.unique(days):
        mine = days == day
        cash = np.bincount(accounts[mine], weights=amounts[mine], minlength=len(world.accounts)).astype(np.int64)
        runs = (promises.made <= day) & (promises.due + grace >= day)
        promises.paid[runs] += cash[promises.account[runs]]


def note_applied(world: World, today: Today, credits: Array, amounts: Array) -> None:
    """Money that is matched after all, positions in `credits`, cents; called before it is taken off."""
    held = world.credits
    missing = held.leak[credits] >= 0
    np.add.at(world.leaks.recovered, held.leak[credits[missing]], amounts[missing])
    within = world.profile.policy.unapplied_after_days
    days = today.day - held.received[credits]
    whole = held.is_payment[credits] & (held.left[credits] == held.amount[credits]) & (days > 0) & (days <= within)
    found, once = np.unique(credits[whole], return_index=True)
    held.leak[found] = IN_TIME
    record_leaks(
        world, "unapplied_cash", "matched_in_time", held.account[found], amounts[whole][once], today.day, "payments",
        held.number[found], innocent=True,
    )  # fmt: skip


def note_paid(world: World, today: Today, rows: Array) -> None:
    """Invoices (positions) that are paid today: in their grace they owe no fee."""
    invoices, terms = world.invoices, world.accounts.terms[world.invoices.account[rows]]
    grace = np.array([t.grace_days for t in world.profile.terms])[terms]
    fee = np.array([t.late_fee_cents for t in world.profile.terms])[terms]
    late = today.day - invoices.due[rows]
    chosen = (late > 0) & (late <= grace) & (fee > 0) & ~invoices.fee_done[rows]
    rows = rows[chosen]
    invoices.spared[rows] = True
    record_leaks(
        world, "late_fee_not_charged", "paid_in_grace", invoices.account[rows], fee[chosen], today.day, "invoices",
        invoices.number[rows], innocent=True,
    )  # fmt: skip


def notice(world: World, today: Today) -> None:
    """Judge the day's end: money that matches nothing, people nobody called, promises nobody followed."""
    _unapplied(world, today)
    _untouched(world, today)
    _promises(world, today)


def _unapplied(world: World, today: Today) -> None:
    held, within = world.credits, world.profile.policy.unapplied_after_days
    waits = held.is_payment & (held.left > 0) & (today.day - held.received > within) & (held.leak == UNKNOWN)
    rows = np.flatnonzero(waits & (held.left == held.amount))
    held.leak[rows] = record_leaks(
        world, "unapplied_cash", "matched_to_nothing", held.account[rows], held.amount[rows], today.day, "payments",
        held.number[rows],
    )  # fmt: skip
    rest = np.flatnonzero(waits & (held.left < held.amount))
    held.leak[rest] = IN_TIME
    record_leaks(
        world, "unapplied_cash", "rest_of_overpayment", held.account[rest], held.left[rest], today.day, "payments",
        held.number[rest], innocent=True,
    )  # fmt: skip


def _kind(world: World, today: Today, accounts: Array, reasons: dict[str, Array]) -> Array:
    """Why each account is innocent, the first of `reasons` (bool (n,)) that holds; or that nobody called it. (n,)."""
    table, persons = world.accounts, world.persons
    person = table.person[accounts]
    # who refused one medium may be reached by another; who must be left alone may not
    barred = (persons.barred_from[person] <= today.day) & (persons.barred_to[person] > today.day)
    every = reasons | {"in_dispute": table.disputed_until[accounts] > today.day, "may_not_be_contacted": barred}
    names = np.array([*every, "nobody_called"], dtype=object)
    return names[np.select(list(every.values()), list(range(len(every))), len(every))]


def _owed(world: World, rows: Array) -> Array:
    """Open cents of each account over the invoices where `rows` (bool) is true, int64 (accounts,)."""
    invoices = world.invoices
    owed = np.bincount(invoices.account[rows], weights=invoices.open[rows], minlength=len(world.accounts))
    return owed.astype(np.int64)


def _waiting(world: World, today: Today) -> tuple[Array, Array, Array]:
    """Money that came and is matched to nothing yet, of each account: cents, of which lost for longer than allowed.

    Returns:
        Both int64 (accounts,), and the day on which the ledger has learned of the money, int64 (accounts,).
    """
    held, payments, n = world.credits, world.payments, len(world.accounts)
    lasting = held.hold_until - held.received > world.profile.policy.unapplied_after_days
    lost = held.is_payment & (held.left == held.amount) & lasting
    # a check that came and is posted days later
    late = (payments.status == PENDING) & payments.hidden & (payments.attempted + POSTED_AFTER_US < today.at(86_400))
    money = np.bincount(held.account, weights=held.left, minlength=n).astype(np.int64)
    money += np.bincount(payments.account[late], weights=payments.amount[late], minlength=n).astype(np.int64)
    known = np.full(n, today.day, dtype=np.int64)
    np.maximum.at(known, payments.account[late], payments.settle_on[late])
    return (
        money,
        np.bincount(held.account[lost], weights=held.left[lost], minlength=n).astype(np.int64),
        known,
    )


def _untouched(world: World, today: Today) -> None:
    """People past due for longer than the policy allows, whom nobody tried to reach since the first day."""
    table, invoices = world.accounts, world.invoices
    owed = _owed(
        world, (invoices.open > 0) & (invoices.due_written < today.day) & (invoices.due_written == invoices.due)
    )
    table.spell_from[:] = np.where(owed > 0, np.minimum(table.spell_from, today.day), NEVER)
    limit = world.profile.policy.untouched_after_days_past_due
    rows = np.flatnonzero(today.day - table.spell_from.astype(np.int64) == limit)
    waiting, lost, known = _waiting(world, today)
    rest = owed - waiting
    reasons = {
        "touched": table.touched_on[rows] >= table.spell_from[rows],
        # money on its way into the books; what lies there for longer is unapplied cash, and overdue besides
        "paid_and_not_matched": (rest[rows] <= 0) & (lost[rows] == 0),
        "on_a_plan": table.plan_until[rows] > today.day,
    }
    kinds = _kind(world, today, rows, reasons)
    amounts = np.where(rest > 0, rest, owed)
    # whom the company called before its log begins is written nowhere
    decidable = np.where(table.spell_from[rows] >= _first_attempt(world, today), known[rows], NEVER_DECIDABLE)
    for kind in KINDS["untouched_overdue"]:
        chosen = kinds == kind
        who = rows[chosen]
        leaks = record_leaks(
            world, "untouched_overdue", kind, who, amounts[who], today.day, "accounts", who,
            since=table.spell_from[who], innocent=kind != "nobody_called", decidable=decidable[chosen],
        )  # fmt: skip
        if kind == "nobody_called":
            _put_at_risk(world, "untouched_overdue", leaks)


def _first_attempt(world: World, today: Today) -> int:
    """Day of the company's first attempt, by day number; today's while there is none."""
    first = world.counters["first_attempt_on"]
    if first == 0 and world.counters["attempt"] > 0:
        first = world.counters["first_attempt_on"] = today.day
    return first or today.day


def _promised_since(world: World, accounts: Array, days: Array) -> Array:
    """Whether each account has made another promise after the day given: somebody talked to it. → bool (n,)."""
    newest = np.full(len(world.accounts), NO_DAY, dtype=np.int64)
    np.maximum.at(newest, world.promises.account, world.promises.made)
    return newest[accounts] > days


def _promises(world: World, today: Today) -> None:
    """Promises whose grace is over today, whose days for following them are, and who turned out to be kept."""
    promises, policy = world.promises, world.profile.policy
    age = today.day - promises.due
    ripe = np.flatnonzero(age == policy.promise_grace_days)
    if len(ripe):
        promises.owed[ripe] = _owed(world, world.invoices.open > 0)[promises.account[ripe]]
    judged = policy.promise_grace_days + policy.broken_promise_followup_days
    rows = np.flatnonzero(age == judged)
    account = promises.account[rows]
    left = np.minimum(promises.amount[rows] - np.maximum(promises.paid[rows], 0), promises.owed[rows])
    ripened = promises.due[rows] + policy.promise_grace_days
    reasons = {
        "kept": left <= 0,
        "followed": world.accounts.touched_on[account] > ripened,
        "promised_anew": _promised_since(world, account, ripened),
    }
    kinds = _kind(world, today, account, reasons)
    for kind in KINDS["broken_promise_not_followed"]:
        chosen = kinds == kind
        promises.leak[rows[chosen]] = leaks = record_leaks(
            world, "broken_promise_not_followed", kind, account[chosen], left[chosen].clip(min=0), today.day,
            "promises", promises.number[rows[chosen]], innocent=kind != "nobody_called",
        )  # fmt: skip
        if kind == "nobody_called":
            _put_at_risk(world, "broken_promise_not_followed", leaks)
    # money that came in time and was posted late
    kept = (promises.leak >= 0) & (promises.paid >= promises.amount)
    becomes(world, promises.leak[kept], "kept", innocent=True)
    promises.keep(~kept & (age < judged + POSTED_LATE_DAYS))
