"""Who pays today, how much, by which means, and whether it goes through."""

from __future__ import annotations

import numpy as np

from recoup.synthetic.columns import NEVER, Array
from recoup.synthetic.layouts import decline_codes, provider_names
from recoup.synthetic.noticing import note_failed
from recoup.synthetic.rows import Buffers
from recoup.synthetic.world import ACH, CARD, CHECK, FAILED, PENDING, SECOND, Today, World, between, pick

PAYING = 5  # subject of the day's random stream
RETRY_DAYS = np.array([3, 5, 7])


def standing(world: World, today: Today) -> None:
    """Refresh balance, past due and days past due of every account from the open invoices, as of this morning."""
    table, invoices = world.accounts, world.invoices
    is_open = invoices.open > 0
    account, owed, due = invoices.account[is_open], invoices.open[is_open], invoices.due[is_open]
    late = due < today.day
    table.balance[:] = np.bincount(account, weights=owed, minlength=len(table)).astype(np.int64)
    table.past_due[:] = np.bincount(account[late], weights=owed[late], minlength=len(table)).astype(np.int64)
    table.days_past_due[:] = 0
    np.maximum.at(table.days_past_due, account[late], (today.day - due[late]).astype(np.int32))


def pay(world: World, out: Buffers, today: Today) -> None:
    """Attempt today's payments: planned, retried, promised, by instalment, or moved by hazard or a call."""
    rng, table = today.rng(PAYING), world.accounts
    chance = rng.random(len(table))  # one draw per account whatever the policy: comparable under two policies
    amount = np.zeros(len(table), dtype=np.int64)
    discount = np.zeros(len(table), dtype=np.int64)
    discounted = np.full(len(table), -1, dtype=np.int64)
    automatic = np.zeros(len(table), dtype=bool)
    free = table.waits_until <= today.day
    _hazard(world, today, rng, chance, amount)
    _promises(world, today, amount)
    _instalments(world, today, rng, amount)
    _planned(world, today, amount, discount, discounted, automatic)
    retried = np.flatnonzero(table.retry_on == today.day)
    amount[retried] = np.where(table.past_due[retried] > 0, table.past_due[retried], table.balance[retried])
    automatic[retried] = True
    table.retry_on[retried] = NEVER
    over = (rng.random(len(table)) < world.profile.payments.overpay_rate) & (amount > 0) & ~automatic & (discount == 0)
    amount[over] = -(-(amount[over] + 1) // 2000) * 2000
    payers = np.flatnonzero((amount > 0) & free)
    if len(payers):
        _attempt(
            world, out, today, payers, amount[payers], discount[payers], discounted[payers], automatic[payers], rng
        )
    _recoveries(world, today, rng)


def _payer_rates(world: World, name: str) -> Array:
    return np.array([getattr(payer, name) for payer in world.profile.payers.values()], dtype=np.float64)


def _hazard(world: World, today: Today, rng: np.random.Generator, chance: Array, amount: Array) -> None:
    table, persons = world.accounts, world.persons
    late = np.flatnonzero((table.past_due > 0) & (table.disputed_until <= today.day) & (table.plan_until <= today.day))
    if len(late) == 0:
        return
    person, days = table.person[late], table.days_past_due[late]
    tired = np.select([days < 30, days < 60, days < 90], [1.0, 0.7, 0.4], 0.25)
    hardship = (persons.hardship_from[person] <= today.day) & (persons.hardship_to[person] > today.day)
    moved = np.where(table.boost_until[late] > today.day, table.boost[late], 0.0)
    waits = np.where(table.retry_on[late] < NEVER, 0.3, 1.0)
    hazard = (
        persons.hazard[person] * _payday(today)[persons.payday[person]] * tired * np.where(hardship, 0.2, 1.0) * waits
    )
    daily = np.clip(hazard + moved * np.where(hardship, 0.4, 1.0), 0, 0.9)
    daily = np.where(persons.bankrupt_until[person] != NEVER, np.minimum(daily, 0.002), daily)
    pays = chance[late] < daily
    who = late[pays]
    partial = rng.random(len(late))[pays] < _payer_rates(world, "partial")[persons.payer[person[pays]]]
    share = between(rng, 0.2, 0.8, len(late))[pays]
    part = np.maximum((table.past_due[who] * share / 500).astype(np.int64) * 500, 500)
    amount[who] = np.where(partial, np.minimum(part, table.past_due[who]), table.past_due[who])


def _payday(today: Today) -> Array:
    """Multiplier of the paying hazard per payday type (first, fifteenth, biweekly Friday) for three days."""
    dom = today.date.day
    since_friday = (today.day - 1) % 14  # 1970-01-02 was a Friday
    return np.array([2.4 if dom <= 3 else 0.8, 2.4 if 15 <= dom <= 17 else 0.8, 2.2 if since_friday <= 2 else 0.7])


def _promises(world: World, today: Today, amount: Array) -> None:
    table = world.accounts
    now = np.flatnonzero(table.promise_on == today.day)
    kept = now[table.promise_kept[now] & (table.balance[now] > 0)]
    amount[kept] = np.minimum(table.promise_cents[kept], table.balance[kept])
    table.promise_on[now] = NEVER


def _instalments(world: World, today: Today, rng: np.random.Generator, amount: Array) -> None:
    plans, table = world.plans, world.accounts
    now = np.flatnonzero((plans.next_on == today.day) & (plans.status == 0))
    if len(now) == 0:
        return
    account = plans.account[now]
    keeps = rng.random(len(now)) < np.minimum(
        _payer_rates(world, "keeps_promise")[world.persons.payer[table.person[account]]] + 0.2, 0.98
    )
    paid, broken = now[keeps], now[~keeps]
    amount[plans.account[paid]] = np.minimum(plans.instalment[paid], table.balance[plans.account[paid]])
    plans.left[paid] -= 1
    plans.next_on[paid] += 30
    done = paid[plans.left[paid] <= 0]
    plans.status[done] = 1
    plans.status[broken] = 2
    table.plan_until[plans.account[np.concatenate([done, broken])]] = today.day
    world.touched(plans, np.concatenate([done, broken]), today.at(20 * 3600))


def _planned(world: World, today: Today, amount: Array, discount: Array, discounted: Array, automatic: Array) -> None:
    """Invoices whose payer meant to pay today; an account on autopay is charged what is then open on them."""
    table, invoices = world.accounts, world.invoices
    now = np.flatnonzero((invoices.plan_on == today.day) & (invoices.open > 0))
    invoices.plan_on[now] = NEVER
    if len(now) == 0:
        return
    account = invoices.account[now]
    held = table.waits_until[account] > today.day
    invoices.plan_on[now[held]] = table.waits_until[account[held]]
    now, account = now[~held], account[~held]
    less = np.minimum(invoices.discount[now], invoices.open[now] - 1)
    # one early payment discount a payment
    first = np.flatnonzero(less > 0)
    first = first[np.unique(account[first], return_index=True)[1]]
    once = np.zeros(len(now), dtype=bool)
    once[first] = True
    less = np.where(once, less, 0)
    discounted[account[first]] = invoices.number[now[first]]
    wanted = np.bincount(account, weights=invoices.open[now] - less, minlength=len(table)).astype(np.int64)
    pays = wanted > 0
    amount[pays] = wanted[pays]
    discount[:] = np.bincount(account, weights=less, minlength=len(table)).astype(np.int64)
    automatic[pays] = table.autopay[pays]


def _attempt(
    world: World, out: Buffers, today: Today, accounts: Array, amounts: Array, discounts: Array, discounted: Array,
    automatic: Array, rng: np.random.Generator,
) -> None:  # fmt: skip
    table, payments, n = world.accounts, world.profile.payments, len(accounts)
    person = table.person[accounts]
    method = table.method[accounts]
    decline = np.where(
        automatic, _payer_rates(world, "decline")[world.persons.payer[person]], payments.manual_decline_rate
    )
    fails = (rng.random(n) < decline) & (method != CHECK)
    numbers = world.number("payment", n)
    seconds = np.where(automatic, 4 * 3600 + rng.integers(0, 3600, n), rng.integers(9 * 3600, 21 * 3600, n))
    attempted = today.at(seconds)
    provider = np.where(method == ACH, len(payments.providers), np.where(method == CARD, table.provider[accounts], -1))
    retry_of = np.where(automatic & (table.retries[accounts] > 0), table.retry_of[accounts], -1)
    bad = np.flatnonzero(fails)
    code, hard = _decline(world, provider[bad], rng)
    out.emit(
        "payments", len(bad), payment_id=numbers[bad], account_id=accounts[bad], currency=table.currency[accounts[bad]],
        amount_cents=amounts[bad], method=method[bad], status=FAILED, attempted_at=attempted[bad], decline_code=code,
        provider=provider[bad], retry_of=retry_of[bad], recorded_at=attempted[bad] + 5 * SECOND,
    )  # fmt: skip
    note_failed(world, today, accounts[bad], amounts[bad], numbers[bad], retry_of[bad])
    tries = table.retries[accounts[bad]]
    by_hand = ~automatic[bad]  # a person at the screen tries again the next day, with whatever card
    again = (by_hand | ~hard) & (tries < len(RETRY_DAYS))
    wait = np.where(by_hand, 1, RETRY_DAYS[np.minimum(tries, len(RETRY_DAYS) - 1)])
    table.retry_on[accounts[bad[again]]] = today.day + wait[again]
    table.retries[accounts[bad]] = np.where(again, tries + 1, 0)
    table.retry_of[accounts[bad]] = numbers[bad]
    table.autopay[accounts[bad[hard & automatic[bad]]]] = False

    good = np.flatnonzero(~fails)
    g = len(good)
    how = method[good]
    late = (how == CHECK) & (rng.random(g) < payments.late_posting_rate)
    wait = np.select(
        [late, how == ACH, how == CARD], [rng.integers(1, 7, g), rng.integers(2, 4, g), rng.random(g) < 0.3], 0
    )
    settle_on = today.day + wait
    table.retries[accounts[good]] = 0
    table.waits_until[accounts[good]] = settle_on + 1
    world.payments.append(
        g, number=numbers[good], account=accounts[good], amount=amounts[good], method=how, provider=provider[good],
        status=PENDING, attempted=attempted[good], retry_of=retry_of[good], settle_on=settle_on, hidden=late,
        discount=discounts[good], discount_invoice=discounted[good], recorded=attempted[good] + 5 * SECOND,
    )  # fmt: skip


def _decline(world: World, provider: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Decline codes by provider and whether they are for good. → int64 (n,), bool (n,)."""
    payments, n = world.profile.payments, len(provider)
    codes = np.full(n, -1, dtype=np.int64)
    known = decline_codes(world.profile)
    for position, name in enumerate(provider_names(world.profile)):
        weights = [payments.decline_codes[name][code] if p == name else 0.0 for p, code in known]
        drawn = pick(rng, weights, n) if sum(weights) > 0 else np.full(n, -1)
        codes = np.where(provider == position, drawn, codes)
    is_hard = np.array([code in payments.hard_codes for _, code in known] + [False])
    return codes, is_hard[codes]


def _recoveries(world: World, today: Today, rng: np.random.Generator) -> None:
    """Some pay after all was written off: the money is a recovery, not an application."""
    table = world.accounts
    who = np.flatnonzero((table.written_off > 0) & (table.waits_until <= today.day))
    who = who[rng.random(len(who)) < 0.0015]
    if len(who) == 0:
        return
    share = np.where(rng.random(len(who)) < 0.5, 1.0, between(rng, 0.2, 0.7, len(who)))
    amounts = np.maximum(np.rint(table.written_off[who] * share), 1).astype(np.int64)
    table.written_off[who] -= amounts
    attempted = today.at(rng.integers(9 * 3600, 20 * 3600, len(who)))
    world.payments.append(
        len(who), number=world.number("payment", len(who)), account=who, amount=amounts, method=CHECK,
        attempted=attempted,
        settle_on=today.day, recovery=True, recorded=attempted + 5 * SECOND,
    )  # fmt: skip
    table.waits_until[who] = today.day + 1
