"""What comes of a contact: who answers, what is said, what it moves. The same for any policy."""

from __future__ import annotations

import numpy as np

from recoup.entities import STATUSES
from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, Array
from recoup.synthetic.contacts import Dials
from recoup.synthetic.lifecycle import block, tell
from recoup.synthetic.manners import forget_the_week_before
from recoup.synthetic.profile import FIRST_HOUR
from recoup.synthetic.rows import Buffers
from recoup.synthetic.slips import CEASED, ON_THE_OWN_LIST, SLIPS, note, slip_of
from recoup.synthetic.staff import agent_at
from recoup.synthetic.truth import record_leaks
from recoup.synthetic.world import DAY_US, SECOND, Today, World, between

CONTACT = 7  # subject of the day's random stream
EFFECT_DAYS = 10
DROPPED, RIGHT_PARTY, TALKS = 0.008, 0.86, 0.92
"""Of the calls that somebody takes: lost at once; of the rest, by the right party; of those, they have time to talk."""
CODE = {name: position for position, name in enumerate(words.DISPOSITIONS)}


def make_contacts(world: World, out: Buffers, today: Today, dials: Dials, *, with_slips: bool = False) -> None:
    """Make contacts (at most one call a person a day counts for the answer) and write them down.

    Args:
        with_slips: Now and then one more is made that should not be.
    """
    forget_the_week_before(world, today)
    voice = dials.channel == 0
    calls, messages = dials.only(voice), dials.only(~voice)
    rng = today.rng(CONTACT)
    _call(world, out, today, calls, rng, inbound=False)
    # planned in the morning: whoever has spoken since may have said anything
    has_spoken = world.persons.talked_on[messages.person] == today.day
    is_disputed = world.accounts.disputed_until[messages.account] > today.day
    messages = messages.only(~has_spoken & ~is_disputed)
    _message(world, out, today, messages, rng)
    contacted = np.concatenate([calls.person, messages.person])
    slip = slip_of(world, today, contacted) if with_slips else None
    if slip is not None:
        note(world, slip, world.counters["attempt"])
        _call(world, out, today, slip.dials, today.rng(SLIPS * 10), inbound=False)
        contacted = np.concatenate([contacted, slip.dials.person])
    _call(world, out, today, _inbound(world, today, rng, contacted), rng, inbound=True)


def reach_right_party(world: World, out: Buffers, today: Today, accounts: Array) -> None:
    """Let the person of each account answer a call today, whatever the hour; most have time to talk."""
    n, persons = len(accounts), world.persons
    if n == 0:
        return
    rng, person = today.rng(CONTACT * 10), world.accounts.person[accounts]
    dials = Dials(
        accounts, person, persons.point_first[person], np.zeros(n, np.int64), np.full(n, today.at(12 * 3600)),
        np.full(n, 12), np.full(n, words.CAMPAIGNS.index("list")), np.full(n, None, dtype=object),
    )  # fmt: skip
    said = np.flatnonzero(rng.random(n) < TALKS)
    _talk(world, out, today, dials, said, world.number("attempt", n)[said], rng)
    persons.talked_on[person[said]] = today.day


def _inbound(world: World, today: Today, rng: np.random.Generator, contacted: Array) -> Dials:
    """Some past-due people call in themselves, at a time they like; who was contacted today does not."""
    table, persons = world.accounts, world.persons
    chance = rng.random(len(table))
    accounts = np.flatnonzero((table.past_due > 0) & (chance < world.profile.contacting.inbound_rate))
    person = table.person[accounts]
    accounts = accounts[(persons.phones[person] > 0) & ~np.isin(person, contacted)]
    person = table.person[accounts]
    n = len(accounts)
    hour = rng.integers(9, 18, n)
    start = (today.day * 86_400 + hour * 3600 + rng.integers(0, 3600, n) - today.offsets[persons.zone[person]]) * SECOND
    return Dials(
        accounts, person, persons.point_first[person], np.zeros(n, np.int64), start, hour,
        np.full(n, words.CAMPAIGNS.index("inbound")), np.full(n, None, dtype=object),
    )  # fmt: skip


def _call(world: World, out: Buffers, today: Today, d: Dials, rng: np.random.Generator, inbound: bool) -> None:
    n = len(d.account)
    if n == 0:
        return
    table, persons, points = world.accounts, world.persons, world.points
    owner = points.person[d.point]
    weekend = int(today.date.weekday() >= 5)
    answer = (
        persons.answers[owner, weekend, np.clip(d.hour - FIRST_HOUR, 0, persons.answers.shape[2] - 1)]
        * points.reach[d.point]
    )
    dead, wrong = points.dead[d.point] & (not inbound), points.wrong[d.point] & (not inbound)
    human = (rng.random(n) < np.where(wrong, 0.25, answer)) & ~dead | inbound
    dropped = human & (rng.random(n) < DROPPED) & (not inbound)
    right = human & ~wrong & ~dropped & ((rng.random(n) < RIGHT_PARTY) | inbound)
    talks = right & ((rng.random(n) < TALKS) | inbound)
    silent = np.array([CODE["NA"], CODE["A"], CODE["AA"], CODE["B"]])[
        np.searchsorted([0.42, 0.72, 0.93], rng.random(n), side="right")
    ]
    somebody_else = np.where(rng.random(n) < 0.7, CODE["CALLBK"], CODE["WRONG"])
    disposition = np.select(
        [dead, ~human, dropped, wrong, ~right, ~talks],
        [CODE["DC"], silent, CODE["DROP"], CODE["WRONG"], somebody_else, CODE["CALLBK"]],
        CODE["RPC"],
    )  # fmt: skip
    numbers = world.number("attempt", n)
    said = np.flatnonzero(talks)
    said_code = _talk(world, out, today, d, said, numbers[said], rng)
    disposition[said] = said_code
    machine = np.isin(disposition, [CODE["A"], CODE["AA"]])
    connected = human | machine
    talk = np.where(
        talks, np.exp(rng.normal(5.1, 0.6, n)), np.where(human & ~dropped, np.exp(rng.normal(3.0, 0.5, n)), 0)
    )
    hold = np.where(talks & (rng.random(n) < 0.2), rng.integers(10, 120, n), 0)
    wrap = np.where(human & ~dropped, rng.integers(10, 90, n), np.where(machine, rng.integers(3, 10, n), 0))
    length = np.maximum(talk + hold, 20).astype(np.int64)
    agent = np.where(human & ~dropped, agent_at(world, today, d.start, numbers), -1)
    shown = np.array([-1 if name in ("B", "DC") else 0 for name in words.DISPOSITIONS])[disposition]
    out.emit(
        "attempts", n, attempt_id=numbers, person_id=owner, contact_point_id=d.point, debt_ids=table.debts[d.account],
        channel=0, direction=int(inbound), started_at=d.start, connected=connected.astype(np.int8),
        human=np.where((shown < 0) | connected, human, 0).astype(np.int8), right_party=right.astype(np.int8),
        conversation=talks.astype(np.int8), talk_seconds=talk.astype(np.int64), hold_seconds=hold, wrap_seconds=wrap,
        agent_id=agent, campaign=d.campaign, disposition_raw=disposition, list_row_hash=d.row_hash,
        recorded_at=d.start + (length + wrap + 30) * SECOND,
    )  # fmt: skip
    if not inbound:
        table.touched_on[d.account] = today.day
        np.add.at(persons.calls[:, today.day % 7], owner, 1)
        np.add.at(persons.attempts, owner, 1)
    persons.talked_on[owner[talks]] = today.day
    heard = np.flatnonzero(talks & (rng.random(n) < 0.4))
    mood = np.clip(rng.normal(np.where(persons.lift[owner[heard]] < 0, -0.4, 0.15), 0.3), -1, 1)
    ended = d.start[heard] + length[heard] * SECOND
    out.emit(
        "sentiment", len(heard), attempt_id=numbers[heard], account_id=d.account[heard], at=ended, score=mood, source=0,
        recorded_at=ended + 20 * 60 * SECOND,
    )  # fmt: skip


def _talk(
    world: World, out: Buffers, today: Today, d: Dials, said: Array, attempts: Array, rng: np.random.Generator
) -> Array:
    """What right-party conversations lead to. → disposition codes, int64 (len(said),)."""
    table, persons, profile, life = world.accounts, world.persons, world.profile, world.profile.life
    account, person, start = d.account[said], d.person[said], d.start[said]
    n = len(said)
    payer = table.person[account]
    table.boost[account] = persons.lift[payer]
    table.boost_until[account] = today.day + EFFECT_DAYS + 1
    draw = rng.random(n)
    code = np.where(draw < 0.5, CODE["RPC"], CODE["NI"])
    ended = start + 240 * SECOND
    annoyed = np.where(persons.lift[payer] < 0, 3.0, 0.7)
    edges = np.cumsum([life.stop_request * annoyed, np.full(n, life.dispute), np.full(n, life.attorney),
                       np.full(n, life.inconvenient_time), life.complaint * annoyed, np.full(n, life.plan)],
                       axis=0)  # fmt: skip
    event = rng.random(n)
    kind = (event >= edges).sum(axis=0)
    stops = np.flatnonzero(kind == 0)
    _stop(world, out, today, d.point[said[stops]], person[stops], ended[stops], rng)
    code[stops] = CODE["DNC"]
    _dispute(world, out, today, account[kind == 1], ended[kind == 1], rng)
    tell(world, out, today, "attorney", person[kind == 2], rng, evidence=0, block_days=NEVER, at=ended[kind == 2])
    _inconvenient(world, out, today, person[kind == 3], ended[kind == 3], rng)
    tell(world, out, today, "complaint", person[kind == 4], rng, evidence=0, block_days=1, at=ended[kind == 4])
    _agree_plan(world, out, today, account[kind == 5], ended[kind == 5], rng)
    code[np.isin(kind, [1, 2, 5])] = CODE["XFER"]
    hardship = (persons.hardship_from[payer] <= today.day) & (persons.hardship_to[payer] > today.day)
    reveals = (kind == 6) & hardship & (rng.random(n) < 0.25)
    tell(
        world,
        out,
        today,
        "hardship",
        person[reveals],
        rng,
        evidence=0,
        block_days=60,
        at=ended[reveals],
        accounts=account[reveals],
    )
    code[reveals] = CODE["XFER"]
    rates = np.array([p.promises for p in profile.payers.values()])[persons.payer[payer]]
    promises = (
        (kind == 6)
        & ~reveals
        & (rng.random(n) < rates)
        & (table.past_due[account] > 0)
        & (table.promise_on[account] == NEVER)
    )
    _promise(world, out, today, account[promises], attempts[promises], ended[promises], rng)
    code[promises] = CODE["PTP"]
    return code


def _stop(
    world: World, out: Buffers, today: Today, point: Array, person: Array, when: Array, rng: np.random.Generator
) -> None:
    """People who want no more calls: they write, or say so, or refuse the telephone or this number."""
    how = rng.random(len(person))
    for status, chosen, evidence in (("cease", how < 0.3, 2), ("do_not_contact", how >= 0.5, 0)):
        tell(
            world, out, today, status, person[chosen], rng, evidence=evidence, block_days=NEVER, at=when[chosen]
        )  # fmt: skip
        world.persons.stopped_by[person[chosen]] = CEASED if status == "cease" else ON_THE_OWN_LIST
        world.persons.stopped_on[person[chosen]] = today.day
    refuses = np.flatnonzero((how >= 0.3) & (how < 0.5))
    this_number = how[refuses] < 0.4
    out.emit(
        "consents", len(refuses), contact_point_id=np.where(this_number, point[refuses], -1), person_id=person[refuses],
        medium=0, purpose=1, state=np.where(this_number, 2, 1), at=when[refuses], evidence_ref=0,
        recorded_at=when[refuses] + 60 * SECOND,
    )  # fmt: skip
    block(world, today, person[refuses], NEVER - 1)


def _promise(
    world: World, out: Buffers, today: Today, account: Array, attempts: Array, when: Array, rng: np.random.Generator
) -> None:
    table, n = world.accounts, len(account)
    payer = world.persons.payer[table.person[account]]
    keeps = np.array([p.keeps_promise for p in world.profile.payers.values()])[payer]
    due = today.day + rng.integers(2, 11, n)
    part = rng.random(n) < 0.3
    owed = table.past_due[account]
    amount = np.where(part, np.maximum((owed * between(rng, 0.3, 0.8, n) / 500).astype(np.int64) * 500, 500), owed)
    amount = np.minimum(amount, owed)
    table.promise_on[account] = due
    table.promise_cents[account] = amount
    table.promise_kept[account] = rng.random(n) < keeps
    numbers = world.number("promise", n)
    out.emit(
        "promises", n, promise_id=numbers, account_id=account, attempt_id=attempts, made_at=when,
        due_on=due, amount_cents=amount, recorded_at=when + 60 * SECOND,
    )  # fmt: skip
    world.promises.append(n, number=numbers, account=account, made=today.day, due=due, amount=amount)


def _dispute(world: World, out: Buffers, today: Today, account: Array, when: Array, rng: np.random.Generator) -> None:
    """A billing dispute on the oldest open invoice: contact and fees stop until it is decided."""
    if len(account) == 0:
        return
    table, invoices = world.accounts, world.invoices
    open_rows = np.flatnonzero(invoices.open > 0)
    order = open_rows[np.lexsort((invoices.due[open_rows], invoices.account[open_rows]))]
    owners, first = np.unique(invoices.account[order], return_index=True)
    fits = np.isin(account, owners)
    account, when = account[fits], when[fits]
    account, once = np.unique(account, return_index=True)
    when, n = when[once], len(account)
    rows = order[first[np.searchsorted(owners, account)]]
    days = rng.integers(15, 45, n)
    table.disputed_until[account] = today.day + days
    amount = np.maximum((invoices.open[rows] * between(rng, 0.2, 1.0, n)).astype(np.int64), 1)
    numbers = world.number("dispute", n)
    record_leaks(world, "chargeback", "billing_dispute", account, amount, today.day, "disputes", numbers, innocent=True)
    world.disputes.append(
        n, number=numbers, invoice=invoices.number[rows], account=account, amount=amount,
        opened=when,
        ends_on=today.day + days, recorded=when + 60 * SECOND,
    )  # fmt: skip
    out.emit(
        "status_events", n, person_id=table.person[account], account_id=account, debt_id=invoices.debt[rows],
        status=STATUSES.index("dispute"), from_at=when, to_at=when + days * DAY_US, evidence_ref=0,
        recorded_at=when + 60 * SECOND,
    )  # fmt: skip


def _inconvenient(
    world: World, out: Buffers, today: Today, person: Array, when: Array, rng: np.random.Generator
) -> None:
    """People who say when or where not to call: mornings, evenings, at work."""
    at_work = rng.random(len(person)) < 0.2
    tell(
        world, out, today, "inconvenient_place", person[at_work], rng, evidence=0, block_days=1, at=when[at_work],
        detail=np.full(int(at_work.sum()), "work", dtype=object), ends=False,
    )  # fmt: skip
    world.persons.not_at_work[person[at_work]] = True
    person, when = person[~at_work], when[~at_work]
    morning = rng.random(len(person)) < 0.5
    detail = np.where(morning, "08:00-12:00", "17:00-21:00").astype(object)
    tell(world, out, today, "inconvenient_time", person, rng, evidence=0, block_days=0, at=when, detail=detail)
    persons = world.persons  # other hours stay allowed
    persons.not_before[person[morning]] = 12
    persons.not_after[person[~morning]] = 16


def _agree_plan(
    world: World, out: Buffers, today: Today, account: Array, when: Array, rng: np.random.Generator
) -> None:
    """An agreement to pay in monthly parts; the past due stays owed, the dialer leaves it alone meanwhile."""
    table = world.accounts
    account, once = np.unique(account, return_index=True)
    fits = (table.past_due[account] > 6000) & (table.plan_until[account] <= today.day)
    account, when = account[fits], when[once][fits]
    n = len(account)
    parts = rng.integers(3, 7, n)
    amount = -(-table.past_due[account] // parts)
    numbers = world.number("plan", n)
    row = np.repeat(np.arange(n), parts)
    seq = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    out.emit(
        "instalments", len(row), plan_id=numbers[row], seq=seq + 1, due_on=today.day + 10 + 30 * seq,
        amount_cents=amount[row],
        recorded_at=(when + 60 * SECOND)[row],
    )  # fmt: skip
    world.plans.append(
        n, number=numbers, account=account, agreed_on=today.day, next_on=today.day + 10, instalment=amount,
        left=parts, recorded=when + 60 * SECOND,
    )  # fmt: skip
    table.plan_until[account] = today.day + 10 + 30 * parts


def _message(world: World, out: Buffers, today: Today, d: Dials, rng: np.random.Generator) -> None:
    """SMS and e-mail: delivered or not, sometimes an opt-out, a small nudge to those whom contact helps."""
    n = len(d.account)
    if n == 0:
        return
    table, persons = world.accounts, world.persons
    sms = d.channel == 1
    draw = rng.random(n)
    code = np.where(
        sms,
        np.select(
            [draw < 0.05, draw < 0.065, draw < 0.1], [CODE["UNDELIV"], CODE["OPTOUT"], CODE["REPLY"]], CODE["DELIVRD"]
        ),
        np.select([draw < 0.04, draw < 0.05, draw < 0.3], [CODE["BOUNCE"], CODE["UNSUB"], CODE["OPEN"]], CODE["SENT"]),
    )
    table.touched_on[d.account] = today.day
    np.add.at(persons.texts[:, today.day % 7], d.person[sms], 1)
    np.add.at(persons.mails[:, today.day % 7], d.person[~sms], 1)
    delivered = ~np.isin(code, [CODE["UNDELIV"], CODE["BOUNCE"]])
    replied = code == CODE["REPLY"]
    out.emit(
        "attempts", n, attempt_id=world.number("attempt", n), person_id=d.person, contact_point_id=d.point,
        debt_ids=table.debts[d.account], channel=d.channel, direction=0, started_at=d.start,
        connected=delivered.astype(np.int8),
        human=np.where(replied, 1, -1), right_party=np.where(replied, 1, -1), campaign=d.campaign, disposition_raw=code,
        list_row_hash=d.row_hash, recorded_at=d.start + 300 * SECOND,
    )  # fmt: skip
    quiet = delivered & (table.boost_until[d.account] <= today.day)
    table.boost[d.account[quiet]] = persons.lift[table.person[d.account[quiet]]] * 0.15
    table.boost_until[d.account[quiet]] = today.day + 4
    out_of = np.flatnonzero(np.isin(code, [CODE["OPTOUT"], CODE["UNSUB"]]))
    persons.no_sms[d.person[out_of[sms[out_of]]]] = True
    persons.no_email[d.person[out_of[~sms[out_of]]]] = True
    out.emit(
        "consents", len(out_of), contact_point_id=d.point[out_of], person_id=d.person[out_of], medium=d.channel[out_of],
        purpose=1, state=2, at=d.start[out_of] + 900 * SECOND, evidence_ref=4,
        recorded_at=d.start[out_of] + 960 * SECOND,
    )  # fmt: skip
