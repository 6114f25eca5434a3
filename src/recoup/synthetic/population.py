"""People, their phones, and the accounts they open. One call makes any number of customers at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from recoup.entities import STATUSES
from recoup.synthetic import layouts as words
from recoup.synthetic.columns import NEVER, NO_TIME, Array
from recoup.synthetic.contracts import first_contract, morning
from recoup.synthetic.geography import places
from recoup.synthetic.profile import Profile
from recoup.synthetic.rows import Buffers
from recoup.synthetic.world import DAY_US, SECOND, UNTOLD_EVERY, Today, World, between, debt_names, item_names, pick


def add_customers(world: World, out: Buffers, today: Today, opened_on: Array, rng: np.random.Generator) -> Array:
    """Open accounts on the given days (int32 (n,), none after today) with the people behind them.

    Returns:
        Positions of the new accounts, int64 (n,).
    """
    count = len(opened_on)
    if count == 0:
        return np.arange(0)
    people = world.profile.people
    known = len(world.persons)
    returning = rng.random(count) < people.several_accounts if known else np.zeros(count, dtype=bool)
    fresh = add_persons(world, out, today, opened_on[~returning], rng)
    person = np.empty(count, dtype=np.int64)
    person[~returning] = fresh
    if known:
        person[returning] = rng.integers(0, known, int(returning.sum()))
    world.persons.accounts[person[returning]] += 1
    kind = rng.random(count)
    with_second = np.flatnonzero((kind < people.co_signer + people.spouse) & ~world.persons.business[person])
    second = add_persons(world, out, today, opened_on[with_second], rng, beside=person[with_second])
    accounts = _add_accounts(world, out, today, person, opened_on, rng)
    signs = kind[with_second] < people.co_signer
    world.accounts.co_person[accounts[with_second[signs]]] = second[signs]
    for couple in (second[~signs], person[with_second[~signs]]):
        world.persons.shares_a_household[couple] = True
    when = morning(today, opened_on)
    out.emit(
        "account_parties", count, account_id=accounts, person_id=person, role=0, from_on=opened_on, recorded_at=when
    )
    out.emit(
        "account_parties", len(second), account_id=accounts[with_second], person_id=second,
        role=np.where(signs, 1, 2), from_on=opened_on[with_second], recorded_at=when[with_second],
    )  # fmt: skip
    return accounts


def add_persons(
    world: World, out: Buffers, today: Today, since: Array, rng: np.random.Generator, beside: Array | None = None
) -> Array:
    """Make people known since the given days; `beside` = the housemate of each (same place, same team)."""
    n, profile, geo = len(since), world.profile, places()
    if n == 0:
        return np.arange(0)
    weights = np.array([profile.regions.get(geo.region_names[r], 0.0) for r in geo.region])
    place = pick(rng, weights / np.bincount(geo.region)[geo.region], n)
    business = rng.random(n) < profile.people.business_share
    payer = pick(rng, [p.share for p in profile.payers.values()], n)
    team = pick(rng, _team_shares(profile), n)
    if beside is not None:
        place, business, team = world.persons.place[beside], np.zeros(n, bool), world.persons.team[beside]
        payer = world.persons.payer[beside]
    habit = pick(rng, [h.share for h in profile.habits.values()], n)
    curves = np.array([[h.weekday, h.weekend] for h in profile.habits.values()], dtype=np.float32)[habit]
    level = np.exp(rng.normal(0, 0.35, n) - 0.06)[:, None, None]
    spread = profile.people.hour_spread
    noise = np.exp(rng.normal(0, spread, curves.shape) - spread**2 / 2)
    ranges = np.array([[*p.on_time, *p.hazard, *p.lift] for p in profile.payers.values()])[payer]
    life = profile.life
    # the clock of those who were customers before history began starts a few months before it: some are in trouble then
    hardship_from = np.maximum(since, today.day - 120) + rng.exponential(
        30.4 / max(life.hardship_monthly, 1e-9), n).clip(max=100_000).astype(np.int32)  # fmt: skip
    persons = world.persons.append(
        n, place=place, zone=geo.zone[place], other_zone=geo.zone[place], business=business, payer=payer, habit=habit,
        on_time=between(rng, ranges[:, 0], ranges[:, 1], n), hazard=between(rng, ranges[:, 2], ranges[:, 3], n),
        lift=between(rng, ranges[:, 4], ranges[:, 5], n), answers=(curves * level * noise).clip(0, 0.95),
        payday=pick(rng, [profile.people.paydays.get(k, 0.0) for k in ("first", "fifteenth", "friday")], n), team=team,
        hardship_from=hardship_from,
        hardship_to=hardship_from + (30 * between(rng, *life.hardship_months, n)).astype(np.int32),
    )  # fmt: skip
    _name_persons(out, today, persons, since, business, rng)
    _add_points(world, out, today, persons, since, rng)
    return persons


def _team_shares(profile: Profile) -> tuple[float, float, float]:
    holdout, explore = profile.contacting.holdout_share, profile.contacting.explore_share
    return holdout, explore, 1 - holdout - explore


@cache
def _names() -> dict[str, Any]:
    names: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "names.yml").read_text(encoding="utf-8"))
    return names


def _name_persons(
    out: Buffers, today: Today, persons: Array, since: Array, business: Array, rng: np.random.Generator
) -> None:
    names, n = _names(), len(persons)
    language = pick(rng, [names[code]["share"] for code in words.LANGUAGES], n)
    given_all = np.array([name for code in words.LANGUAGES for name in names[code]["given"]], dtype=object)
    family_all = np.array([name for code in words.LANGUAGES for name in names[code]["family"]], dtype=object)
    given_sizes = np.array([len(names[code]["given"]) for code in words.LANGUAGES])
    family_sizes = np.array([len(names[code]["family"]) for code in words.LANGUAGES])
    given = (np.cumsum(given_sizes) - given_sizes)[language] + (rng.random(n) * given_sizes[language]).astype(int)
    family = (np.cumsum(family_sizes) - family_sizes)[language] + (rng.random(n) * family_sizes[language]).astype(int)
    full = np.where(business, family_all[family] + " & Co. LLC", given_all[given] + " " + family_all[family])
    year = (today.date.year - between(rng, 19, 88, n)).astype(np.int64)
    when = morning(today, since)
    out.emit(
        "persons", n, person_id=persons, kind=business.astype(np.int8), full_name=full,
        language=np.where(rng.random(n) < 0.9, language, -1), created_at=when, recorded_at=when,
        birth_year=np.where(business | (rng.random(n) < 0.15), NO_TIME, year),
    )  # fmt: skip


def _add_points(
    world: World, out: Buffers, today: Today, persons: Array, since: Array, rng: np.random.Generator
) -> None:
    """Phones first (mobile, home, work), then SMS on the mobile, e-mail, letter: person by person, in one block."""
    people, geo, n = world.profile.people, places(), len(persons)
    place = world.persons.place[persons]
    mobile = rng.random(n) < 0.93
    home = (rng.random(n) < people.home_phone) | (~mobile & (rng.random(n) < 0.9))
    work = rng.random(n) < people.work_phone
    email = rng.random(n) < people.email
    has = np.column_stack([mobile, home, work, mobile, email, np.ones(n, bool)])
    owner, slot = np.nonzero(has)
    count = len(owner)
    medium = np.array([0, 0, 0, 1, 2, 3])[slot]
    kind = np.array([0, 1, 2, 0, -1, 1])[slot]
    moved = rng.random(n) < people.moved_number
    by_place = np.argsort(geo.area_place, kind="stable")
    sizes = np.bincount(geo.area_place, minlength=len(geo.cities))
    starts = np.cumsum(sizes) - sizes
    local = by_place[starts[place] + (rng.random(n) * sizes[place]).astype(int)]
    abroad = rng.integers(0, len(geo.area_codes), n)
    area = np.where(moved[owner] & (kind == 0), abroad[owner], local[owner])
    suffix = rng.integers(0, 100, (n, 3))[owner, np.maximum(kind, 0)]
    codes = np.array(geo.area_codes, dtype=object)
    tail = np.array([f"55501{k:02d}" for k in range(100)], dtype=object)
    number = "+1" + codes[area] + tail[suffix]
    streets = np.array(["Main St", "Oak Ave", "2nd St", "Maple Dr", "Río Grande Blvd", "Mesa Rd"], dtype=object)
    cities = np.array(geo.cities, dtype=object)
    key = persons[owner].astype("U12").astype(object)
    where = (suffix * 7 + 11).astype("U6").astype(object) + " " + streets[suffix % 6] + ", " + cities[place[owner]]
    address = np.where(medium <= 1, number, np.where(medium == 2, "customer" + key + "@example.com", where))
    postal_sizes = np.bincount(geo.postal_place, minlength=len(geo.cities))
    postal_starts = np.cumsum(postal_sizes) - postal_sizes
    postal = postal_starts[place] + (rng.random(n) * postal_sizes[place]).astype(int)
    named = rng.random(n) < 0.98
    phone = medium == 0
    points = world.points.append(
        count, person=persons[owner], type=kind,
        zone=np.where(medium <= 1, geo.zone[geo.area_place[area]], geo.zone[place[owner]]),
        wrong=phone & (rng.random(count) < people.wrong_number), dead=phone & (rng.random(count) < people.dead_number),
        reach=np.array([1.0, 0.75, 0.5])[np.maximum(kind, 0)],
    )  # fmt: skip
    when = morning(today, since)[owner]
    out.emit(
        "contact_points", count, contact_point_id=points, person_id=persons[owner], medium=medium, address=address,
        type=kind, postal_code=np.where(named[owner] & (medium != 2), postal[owner], -1), source=0, valid_from=when,
        verified_at=np.where(rng.random(count) < 0.5, when, NO_TIME), recorded_at=when,
    )  # fmt: skip
    world.persons.is_nowhere[persons] = ~named
    first = np.searchsorted(owner, np.arange(n))
    table, phones = world.persons, mobile.astype(np.int8) + home + work
    table.point_first[persons] = points[first]
    table.phones[persons] = phones - work  # the dialer leaves work phones, the last of them, alone
    table.sms_point[persons] = np.where(mobile, points[first] + phones, -1)
    table.email_point[persons] = np.where(email, points[first] + phones + mobile, -1)
    table.other_zone[persons] = np.where(moved & mobile, geo.zone[geo.area_place[abroad]], geo.zone[place])
    table.other_place[persons] = np.where(moved & mobile, geo.area_place[abroad], place)
    table.text_consent_on[persons] = since
    agrees = rng.random((3, n)) < np.array([[0.92], [0.85], [0.9]])
    table.no_sms[persons], table.no_email[persons] = ~(mobile & agrees[1]), ~(email & agrees[2])
    has_medium = np.array([mobile, mobile, email])
    for medium_code, points_of in enumerate((table.point_first, table.sms_point, table.email_point)):
        who = np.flatnonzero(has_medium[medium_code] & agrees[medium_code])
        point = points_of[persons[who]]
        out.emit(
            "consents", len(who), contact_point_id=point, person_id=persons[who], medium=medium_code, purpose=1,
            state=0,
            at=morning(today, since)[who] + 60 * SECOND, evidence_ref=5,
            recorded_at=morning(today, since)[who] + 60 * SECOND,
        )  # fmt: skip


def _add_accounts(
    world: World, out: Buffers, today: Today, person: Array, opened_on: Array, rng: np.random.Generator
) -> Array:
    profile, geo, n = world.profile, places(), len(person)
    business = world.persons.business[person]
    product = pick(rng, [p.weight for p in profile.products], n)
    private = pick(rng, [t.weight * (not t.business) for t in profile.terms], n)
    for_business = [t.weight * t.business for t in profile.terms]
    terms = np.where(business, pick(rng, for_business, n), private) if sum(for_business) else private
    method = pick(rng, [profile.payments.methods.get(m, 0.0) for m in ("card", "ach", "check")], n)
    place = world.persons.place[person]
    items, debts_of = item_names(profile), debt_names(profile)
    prices = np.zeros((n, len(items)), dtype=np.int32)
    means = np.zeros((n, len(items)), dtype=np.float32)
    ends = np.full((n, len(items)), NEVER, dtype=np.int32)
    owes = np.zeros((n, 4), dtype=bool)
    size = np.where(business, 2.5, 1.0)
    for code, offered in enumerate(profile.products):
        for item in offered.items:
            column = items.index(item.item)
            has = (product == code) & (rng.random(n) < item.share)
            price = np.rint(between(rng, *item.price_cents, n)).astype(np.int32)
            prices[:, column] = np.where(has, np.maximum(price, 1), prices[:, column])
            if item.quantity is not None:
                drawn = item.quantity * size * np.exp(rng.normal(0, 0.4, n))
                means[:, column] = np.where(has, drawn, means[:, column])
            if item.months is not None:
                ends[:, column] = np.where(has, opened_on + int(30.4 * item.months), ends[:, column])
            owes[:, debts_of.index(item.debt)] |= has
    cycle = rng.integers(1, 29, n)
    plan_offset = np.cumsum([0] + [len(p.plans) for p in profile.products])
    plan_count = np.array([len(p.plans) for p in profile.products])
    debt_start = world.counters.setdefault("debt", 0)
    debts = np.full((n, 4), -1, dtype=np.int64)
    debts[owes] = debt_start + np.arange(int(owes.sum()))
    world.counters["debt"] += int(owes.sum())
    when = morning(today, opened_on)
    canadian = geo.is_canada[place] & (rng.random(n) < profile.cad_share)
    billed_to = np.where(opened_on < today.day, _last_cycle_end(today.day, cycle), opened_on - 1)
    provider = pick(rng, profile.payments.providers.values(), n)
    accounts = world.accounts.append(
        n, person=person, product=product, region=geo.region[place], currency=canadian, terms=terms, cycle=cycle,
        segment=np.where(business, len(profile.segments), pick(rng, profile.segments.values(), n)),
        plan=plan_offset[product] + (rng.random(n) * plan_count[product]).astype(int), opened_on=opened_on,
        method=method,
        autopay=(rng.random(n) < profile.payments.autopay_share) & (method != 2),
        provider=np.where(method == 0, provider, len(profile.payments.providers)),
        prices=prices, means=means, items_end=ends, debts=debts, billed_to=np.maximum(billed_to, opened_on - 1),
        short_pays=rng.random(n) < 0.3, recorded=when,
    )  # fmt: skip
    first_contract(world, out, today, accounts, rng)
    row, kind = np.nonzero(owes)
    out.emit("debts", len(row), recorded_at=when[row], **debt_columns(world, accounts[row], kind))
    sent = when[row] + np.minimum(3, today.day - opened_on[row]).astype(np.int64) * DAY_US + 1800 * SECOND
    # A letter that was never sent leaves no trace; by the debt's number, so that no other draw moves.
    told = np.flatnonzero(debts[row, kind] % UNTOLD_EVERY != UNTOLD_EVERY - 1)
    out.emit(
        # to everybody who stands on the account
        "status_events", len(told), person_id=-1, account_id=accounts[row[told]], debt_id=debts[row[told], kind[told]],
        status=STATUSES.index("validation_sent"), from_at=sent[told], evidence_ref=2, recorded_at=sent[told],
    )  # fmt: skip
    out.emit(
        "assignments", n, account_id=accounts, team=world.persons.team[person],
        from_on=np.maximum(opened_on, world.day),
        recorded_at=np.maximum(when, today.at(3600)),
    )  # fmt: skip
    return accounts


def debt_columns(world: World, accounts: Array, kind: Array) -> dict[str, Any]:
    """What the ledger writes of debts, all but `placed_on`: each the account's debt of that kind. int64 (n,) both."""
    profile = world.profile
    grouped = [place for place, name in enumerate(debt_names(profile)) if name in profile.grouped_debts]
    return {
        "debt_id": world.accounts.debts[accounts, kind], "account_id": accounts, "kind": kind,
        "default_on": world.accounts.opened_on[accounts],
        "collector_role": ("first_party", "third_party", "debt_buyer").index(profile.collector_role),
        "group_key": np.where(np.isin(kind, grouped), accounts, -1),
    }  # fmt: skip


def _last_cycle_end(day: int, cycle: Array) -> Array:
    """Last day before the newest cycle date on or before `day` − 1."""
    month_start = np.datetime64(int(day) - 1, "D").astype("datetime64[M]")
    this = (month_start.astype("datetime64[D]").astype(np.int64) + cycle - 1).astype(np.int64)
    previous = ((month_start - 1).astype("datetime64[D]").astype(np.int64) + cycle - 1).astype(np.int64)
    return np.where(this <= day - 1, this, previous) - 1
