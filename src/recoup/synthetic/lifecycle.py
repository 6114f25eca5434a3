"""What happens to accounts beside billing and paying: they open, close, bear fees, are written off, get credits."""

from __future__ import annotations

from typing import Any

import numpy as np

from recoup.entities import STATUSES
from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, NO_TIME, Array
from recoup.synthetic.crediting import NIGHT, credit_later, give_coming, grant_credits
from recoup.synthetic.geography import places
from recoup.synthetic.population import add_customers
from recoup.synthetic.rows import Buffers
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import DAY_US, SECOND, UNCOLLECTIBLE, Today, World, between, item_names

LIFE, LEDGER = 1, 4  # subjects of the day's random streams
DAYS_A_MONTH = 30.4
SHORTEST_BAR_DAYS = 7
"""A shorter pause after somebody spoke bars nobody from being contacted again."""
FEE_LAPSE_DAYS = 90
INTEREST_DAYS = (30, 60, 90, 120)


def open_and_close(world: World, out: Buffers, today: Today) -> None:
    """New customers come, some leave; both rates are monthly per active account."""
    rng, table, profile = today.rng(LIFE), world.accounts, world.profile
    active = np.flatnonzero(~table.closed)
    leave = rng.random(len(table))[active] < profile.churn_monthly / DAYS_A_MONTH * _pressure(world, active)
    leaving = active[leave]
    reasons = rng.integers(0, 4, len(leaving))
    close(world, today, leaving, reasons)
    dropped = (table.closed_on == today.day - 1) & (table.close_reason == words.CLOSE_REASONS.index("nonpayment"))
    come = rng.poisson(len(active) * max(profile.churn_monthly + profile.growth_monthly, 0) / DAYS_A_MONTH)
    come += int(dropped.sum())  # growth is meant net of those dropped for nonpayment
    add_customers(world, out, today, np.full(come, today.day, dtype=np.int32), rng)


def _pressure(world: World, accounts: Array) -> Array:
    """People whom calls put off leave sooner the more they were called. float64 (n,), 1 = untouched."""
    persons, person = world.persons, world.accounts.person[accounts]
    annoyed = np.where(persons.lift[person] < 0, 0.06, 0.01)
    return 1 + np.minimum(annoyed * persons.attempts[person], 2.0)


def close(world: World, today: Today, accounts: Array, reasons: Array) -> None:
    """Close accounts today; the last bill still follows at their cycle day."""
    table = world.accounts
    table.closed[accounts] = True
    table.closed_on[accounts] = today.day
    table.close_reason[accounts] = reasons
    table.autopay[accounts] = False
    table.retry_on[accounts] = NEVER
    world.touched(table, accounts, today.at(18 * 3600))


def _adjust(world: World, out: Buffers, today: Today, kind: int, rows: Array, amounts: Array, reason: str) -> Array:
    """Adjustments on invoices (positions `rows`), amounts in cents. → their numbers, int64 (n,)."""
    account, numbers = world.invoices.account[rows], world.number("adjustment", len(rows))
    out.emit(
        "adjustments", len(rows), adjustment_id=numbers, account_id=account,
        invoice_id=world.invoices.number[rows], currency=world.accounts.currency[account], kind=kind,
        amount_cents=amounts,
        on=today.day, reason=words.REASONS.index(reason), recorded_at=today.at(NIGHT - 3600),
    )  # fmt: skip
    return numbers


def charge_and_write_off(world: World, out: Buffers, today: Today) -> None:
    """Late fees after grace, monthly interest, closing for nonpayment, write-offs: from the morning's open invoices."""
    rng, table, invoices, profile = today.rng(LEDGER), world.accounts, world.invoices, world.profile
    late = today.day - invoices.due
    unpaid = (invoices.open > 0) & (table.disputed_until[invoices.account] <= today.day)
    _charge_late_fees(world, out, today, late, rng)
    if profile.payments.interest_rate_monthly:
        rows = np.flatnonzero(unpaid & np.isin(late, INTEREST_DAYS))
        interest = np.rint(invoices.open[rows] * profile.payments.interest_rate_monthly).astype(np.int64)
        rows, interest = rows[interest > 0], interest[interest > 0]
        _adjust(world, out, today, words.INTEREST, rows, interest, "monthly_interest")
        invoices.open[rows] += interest
    nonpaying = np.flatnonzero(
        ~table.closed & (table.days_past_due >= profile.payments.close_days) & (table.plan_until <= today.day)
    )
    close(world, today, nonpaying, np.full(len(nonpaying), words.CLOSE_REASONS.index("nonpayment")))
    planned = table.plan_until[invoices.account] > today.day
    rows = np.flatnonzero((invoices.open > 0) & (late >= profile.payments.write_off_days) & ~planned)
    if len(rows):
        amounts = invoices.open[rows].copy()
        numbers = _adjust(world, out, today, words.WRITE_OFF, rows, amounts, "uncollectible")
        leaks = record_leaks(
            world, "written_off_collectable", "never_paid", invoices.account[rows], amounts, today.day, "adjustments",
            numbers, innocent=True,
        )  # fmt: skip
        world.write_offs.append(
            len(rows), number=numbers, account=invoices.account[rows], invoice=invoices.number[rows], amount=amounts,
            left=amounts, leak=leaks,
        )  # fmt: skip
        np.add.at(table.written_off, invoices.account[rows], amounts)
        invoices.open[rows] = 0
        invoices.status[rows] = UNCOLLECTIBLE
        invoices.plan_on[rows] = NEVER
        world.touched(invoices, rows, today.at(NIGHT - 3600))


def _charge_late_fees(world: World, out: Buffers, today: Today, late: Array, rng: np.random.Generator) -> None:
    """A fee on what is unpaid after grace, once an invoice; during a dispute it waits. Some are forgotten."""
    table, invoices, profile = world.accounts, world.invoices, world.profile
    terms = table.terms[invoices.account]
    grace = np.array([t.grace_days for t in profile.terms])[terms]
    fee = np.array([t.late_fee_cents for t in profile.terms], dtype=np.int64)[terms]
    over = (invoices.open > 0) & (late > grace) & ~invoices.fee_done
    free = np.flatnonzero(over & (fee == 0))
    invoices.fee_done[free] = True
    record_leaks(
        world, "late_fee_not_charged", "no_fee_in_terms", invoices.account[free], 0, today.day, "invoices",
        invoices.number[free], innocent=True,
    )  # fmt: skip
    disputed = table.disputed_until[invoices.account] > today.day
    spared = np.flatnonzero(over & disputed & (fee > 0) & ~invoices.spared)
    invoices.spared[spared] = True
    record_leaks(
        world, "late_fee_not_charged", "in_dispute", invoices.account[spared], fee[spared], today.day, "invoices",
        invoices.number[spared], innocent=True,
    )  # fmt: skip
    rows = np.flatnonzero(over & ~disputed & (fee > 0))
    invoices.fee_done[rows] = True
    # whose date was never written cannot be late by any rule that a reader knows
    dated = invoices.due_written[rows] == invoices.due[rows]
    draw, lost = rng.random(len(rows)), profile.leak_rate("late_fee_not_charged")
    alike = profile.innocent_rate("late_fee_not_charged") / 2
    step = np.searchsorted(np.cumsum([lost, alike, alike]), draw, side="right")
    step = np.where(dated, step, 3)
    step = np.where((step == 1) & table.closed[invoices.account[rows]] | invoices.spared[rows], 3, step)
    # a fee on the next bill does not name its invoice: one lapse an account and quarter, and it is clear whose it is
    account = invoices.account[rows]
    first = np.zeros(len(rows), dtype=bool)
    first[np.unique(account, return_index=True)[1]] = True
    step = np.where(first & (table.fee_lapse_on[account] < today.day - FEE_LAPSE_DAYS), step, 3)
    table.fee_lapse_on[account[step < 2]] = today.day
    forgotten, later, charged = rows[step == 0], rows[step == 1], rows[step >= 2]
    record_leaks(
        world, "late_fee_not_charged", "forgotten", invoices.account[forgotten], fee[forgotten], today.day, "invoices",
        invoices.number[forgotten], decidable=today.day + profile.policy.late_billing_days,
    )  # fmt: skip
    world.carried.append(len(later), account=invoices.account[later], item=len(item_names(profile)), price=fee[later])
    record_leaks(
        world, "late_fee_not_charged", "billed_on_next_invoice", invoices.account[later], fee[later], today.day,
        "invoices", invoices.number[later], innocent=True, decidable=today.day + profile.policy.late_billing_days,
    )  # fmt: skip
    _adjust(world, out, today, words.LATE_FEE, charged, fee[charged], "late_payment")
    invoices.open[charged] += fee[charged]
    waived = rows[step == 2]
    grant_credits(world, out, today, invoices.account[waived], fee[waived], "late_fee_waived", invoices.number[waived])
    record_leaks(
        world, "late_fee_not_charged", "waived", invoices.account[waived], fee[waived], today.day, "invoices",
        invoices.number[waived], innocent=True,
    )  # fmt: skip


def refund_and_credit(world: World, out: Buffers, today: Today) -> None:
    """Refund money that nobody owes; now and then give a goodwill credit, and those promised for today."""
    rng, table, credits_ = today.rng(LEDGER * 10), world.accounts, world.credits
    idle = (
        (credits_.hold_until <= today.day)
        & (today.day - credits_.since >= 45)
        & ~credits_.watched
        & credits_.is_payment
    )
    rows = np.flatnonzero(idle & (credits_.left > 0))
    account = credits_.account[rows]
    out.emit(
        "adjustments", len(rows), adjustment_id=world.number("adjustment", len(rows)), account_id=account,
        kind=words.REFUND,
        currency=table.currency[account], amount_cents=credits_.left[rows], on=today.day, invoice_id=-1,
        reason=words.REASONS.index("overpayment"), recorded_at=today.at(NIGHT),
    )  # fmt: skip
    credits_.left[rows] = 0
    active = np.flatnonzero(~table.closed)
    lucky = active[rng.random(len(active)) < world.profile.changes.goodwill_monthly / DAYS_A_MONTH]
    amounts = rng.integers(5, 40, len(lucky)) * 100
    _give(world, out, today, lucky, amounts, rng)
    give_coming(world, out, today)


def _give(world: World, out: Buffers, today: Today, accounts: Array, amounts: Array, rng: np.random.Generator) -> None:
    """Goodwill: once, or with another credit beside it that is no duplicate of it."""
    alike = world.profile.innocent_rate("duplicate_credit") / 3
    step = np.searchsorted(np.cumsum([alike, alike, alike]), rng.random(len(accounts)), side="right")
    also, monthly, split = step == 0, step == 1, step == 2
    part = np.where(split, (amounts * between(rng, 0.55, 0.8, len(accounts))).astype(np.int64), amounts)
    single = step == 3
    grant_credits(world, out, today, accounts[single], amounts[single], "goodwill", may_be_doubled=True)
    grant_credits(world, out, today, accounts[~single], part[~single], "goodwill")
    for kind, chosen, amount, reason, on in (
        ("another_reason", also, amounts, "billing_error", today.day),
        ("a_month_later", monthly, amounts, "goodwill", today.day + 30),
        ("split_in_two", split, amounts - part, "goodwill", today.day),
    ):
        credit_later(world, accounts[chosen], amount[chosen], reason, on, kind)


def befall(world: World, out: Buffers, today: Today) -> None:
    """Bankruptcies, deaths, fraud, active duty, a storm over one city: rare; the company stops contacting them."""
    rng, persons, life = today.rng(LIFE * 10), world.persons, world.profile.life
    n = len(persons)
    draw = rng.random(n)
    trouble = (persons.hardship_from <= today.day) & (persons.hardship_to > today.day)
    bankruptcy = life.bankruptcy_monthly / DAYS_A_MONTH * np.where(trouble, 12.0, 0.6)
    death, fraud = life.death_monthly / DAYS_A_MONTH, life.fraud_monthly / DAYS_A_MONTH
    living = (persons.bankrupt_until == NEVER) & (persons.blocked_to != NEVER - 1) & ~persons.business
    filed = np.flatnonzero(living & (draw < bankruptcy))
    tell(world, out, today, "bankruptcy_petition", filed, rng, evidence=3, block_days=0)
    persons.bankrupt_until[filed] = today.day + rng.integers(60, 180, len(filed))
    block(world, today, filed, persons.bankrupt_until[filed] + 1)
    bar(world, today, filed, persons.bankrupt_until[filed] + 1)
    died = np.flatnonzero(living & (draw >= 0.5) & (draw < 0.5 + death))
    tell(world, out, today, "deceased", died, rng, evidence=2, block_days=NEVER)
    persons.on_time[died] = 0
    persons.hazard[died] = 0
    defrauded = np.flatnonzero(living & (draw >= 0.7) & (draw < 0.7 + fraud))
    tell(world, out, today, "fraud", defrauded, rng, evidence=1, block_days=45)
    serving = np.flatnonzero(living & (draw >= 0.9) & (draw < 0.9 + life.active_duty_monthly / DAYS_A_MONTH))
    tell(world, out, today, "active_duty", serving, rng, evidence=1, block_days=180)
    if rng.random() < life.disasters_yearly / 365:
        struck = np.flatnonzero(persons.place == rng.integers(0, len(places().cities)))
        tell(world, out, today, "disaster", struck, rng, evidence=4, block_days=30)
    ended = np.flatnonzero(persons.bankrupt_until == today.day)
    discharged = rng.random(len(ended)) < 0.7
    tell(world, out, today, "bankruptcy_discharged", ended[discharged], rng, evidence=3, block_days=NEVER)
    tell(world, out, today, "bankruptcy_dismissed", ended[~discharged], rng, evidence=3, block_days=0)
    persons.bankrupt_until[ended] = NEVER


def tell(
    world: World, out: Buffers, today: Today, status: str, persons: Array, rng: np.random.Generator, *, evidence: int,
    block_days: int, at: Array | None = None, accounts: Array | None = None, detail: Array | None = None,
    ends: bool = True,
) -> None:  # fmt: skip
    """Write a status of persons (or of one account of theirs) and remember that the dialer must respect it.

    Args:
        block_days: Days the former policy leaves the person alone; NEVER = for good, 0 = it changes nothing.
        at: Instants; None = some time today.
        ends: The status itself ends with the block; otherwise it stands.
    """
    n = len(persons)
    if n == 0:
        return
    when = today.at(rng.integers(9 * 3600, 18 * 3600, n)) if at is None else at
    until_at = when + block_days * DAY_US if ends and 0 < block_days < 10_000 else np.full(n, NO_TIME)
    values = {} if detail is None else {"detail": detail}
    out.emit(
        "status_events", n, person_id=persons, account_id=-1 if accounts is None else accounts, debt_id=-1,
        status=STATUSES.index(status), from_at=when, to_at=until_at, evidence_ref=evidence,
        recorded_at=when + 90 * SECOND, **values,
    )  # fmt: skip
    if block_days >= SHORTEST_BAR_DAYS:
        bar(world, today, persons, NEVER - 1 if block_days >= 10_000 else today.day + block_days)
    if block_days > 0:
        # the status ends within the day: the next one is free
        block(world, today, persons, NEVER - 1 if block_days >= 10_000 else today.day + block_days + 1)


def block(world: World, today: Today, persons: Array, until: Any) -> None:
    """The company leaves persons alone until a day; a longer block that runs stays."""
    table = world.persons
    runs = (table.blocked_from[persons] <= today.day) & (table.blocked_to[persons] > today.day)
    table.blocked_to[persons] = np.where(runs, np.maximum(table.blocked_to[persons], until), until)
    table.blocked_from[persons] = today.day


def bar(world: World, today: Today, persons: Array, until: Any) -> None:
    """Remember until when a status bars every contact with persons, for the truth."""
    table = world.persons
    runs = (table.barred_from[persons] <= today.day) & (table.barred_to[persons] > today.day)
    table.barred_to[persons] = np.where(runs, np.maximum(table.barred_to[persons], until), until)
    table.barred_from[persons] = np.where(runs, table.barred_from[persons], today.day)


def end_disputes(world: World, out: Buffers, today: Today) -> None:
    """Decide billing disputes whose day has come: rejected, or credited on the account."""
    disputes = world.disputes
    rows = np.flatnonzero(~disputes.chargeback & (disputes.ends_on == today.day))
    if len(rows) == 0:
        return
    rng = today.rng(LEDGER * 100)
    credited = rng.random(len(rows)) < 0.4
    disputes.closed[rows] = today.at(15 * 3600)
    disputes.outcome[rows] = np.where(credited, words.CREDITED, words.REJECTED)
    world.touched(disputes, rows, today.at(15 * 3600))
    accounts = disputes.account[rows]
    world.accounts.disputed_until[accounts] = today.day
    tell(
        world,
        out,
        today,
        "verification_sent",
        world.accounts.person[accounts],
        rng,
        evidence=2,
        block_days=0,
        accounts=accounts,
    )
    grant_credits(world, out, today, accounts[credited], disputes.amount[rows[credited]], "dispute_resolved",
                  disputes.invoice[rows[credited]], may_be_doubled=True)  # fmt: skip
