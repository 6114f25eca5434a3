"""The engine in memory: exact matching of money, keys, contacts from outside, hours, and what a call is worth."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recoup.synthetic.columns import Table
from recoup.synthetic.contacts import Contacts
from recoup.synthetic.engine import Simulation
from recoup.synthetic.habit import habit_contacts
from recoup.synthetic.matching import allocate
from recoup.synthetic.profile import PROFILE_DIR, load_profile
from recoup.synthetic.rows import ids, numbers
from recoup.synthetic.world import EPOCH, HOLDOUT, day_number, new_world, today

START = date(2025, 9, 1)
GROUPED = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 50)), max_size=12).map(sorted)


def lived(profile: str, customers: int, days: int, seed: int = 7) -> Simulation:
    world = new_world(load_profile(profile), seed, "America/New_York", day_number(START), 10**9)
    simulation = Simulation(world)
    simulation.found(customers)
    for _ in range(days):
        simulation.step()
    return simulation


@pytest.fixture(scope="module")
def utility() -> Simulation:
    return lived("utility", 900, 120)


@given(items=GROUPED, dues=GROUPED)
def test_money_is_matched_within_its_account_first_come_first_served_and_to_the_cent(
    items: list[tuple[int, int]], dues: list[tuple[int, int]]
) -> None:
    columns = [np.array([row[k] for row in rows], dtype=np.int64) for rows in (items, dues) for k in (0, 1)]
    item, due, amount = allocate(*columns)
    left = {"item": [a for _, a in items], "due": [a for _, a in dues]}
    for i, d, a in zip(item, due, amount, strict=True):
        assert items[i][0] == dues[d][0]
        assert a > 0
        left["item"][i] -= int(a)
        left["due"][d] -= int(a)
    assert min([*left["item"], *left["due"], 0]) == 0
    for group in range(5):
        rest = [
            sum(r for r, (g, _) in zip(left[side], rows, strict=True) if g == group)
            for side, rows in (("item", items), ("due", dues))
        ]
        assert 0 in rest, "money is left while something is still owed"
        open_dues = [r for r, (g, _) in zip(left["due"], dues, strict=True) if g == group]
        touched = [r < a for r, (g, a) in zip(left["due"], dues, strict=True) if g == group]
        assert all(r == 0 for r, later in zip(open_dues, touched[1:], strict=False) if later), (
            "a later due was paid first"
        )


@given(st.lists(st.integers(0, 999_999_999), max_size=20))
def test_keys_are_read_back_as_the_numbers_they_were_made_from(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    assert numbers(ids("AB", array).to_pylist()).tolist() == values


def test_a_negative_number_is_no_key() -> None:
    assert ids("P", np.array([3, -1])).to_pylist() == ["P000000003", None]


def test_a_table_keeps_its_order_when_it_grows_and_shrinks() -> None:
    table = Table({"a": ("i8", -1), "b": ("f4", 0.5, (2,))})
    table.append(200, a=np.arange(200))
    table.keep(table.a % 2 == 0)
    table.append(1, a=7)
    assert table.a.tolist() == [*range(0, 200, 2), 7]
    assert table.b.shape == (101, 2)
    with pytest.raises(KeyError, match="no such column: c"):
        table.append(1, c=1)


@pytest.mark.parametrize("profile", sorted(path.stem for path in PROFILE_DIR.glob("*.yml")))
def test_a_profile_lives_and_some_accounts_are_past_due(profile: str) -> None:
    simulation = lived(profile, 300, 100)
    accounts = simulation.world.accounts
    share = ((accounts.past_due > 0) & ~accounts.closed).sum() / (~accounts.closed).sum()
    assert 0.01 < share < 0.3
    assert simulation.world.counters["attempt"] > 50


def test_an_unseen_profile_with_the_least_it_may_say_lives(tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "name": "gym",
        "regions": {"NL": 1, "AZ": 1},
        "terms": [{"code": "NOW", "net_days": 0}],
        "products": [{"name": "membership", "items": [{"item": "monthly_pass", "price_cents": [2000, 6000]}]}],
        "payments": {"methods": {"check": 1}},
        "payers": {
            "anybody": {"share": 1, "on_time": [0.5, 0.9], "decline": 0, "hazard": [0.02, 0.1], "lift": [0.0, 0.1]}
        },
        "habits": {"any": {"share": 1, "weekday": [0.2] * 13, "weekend": [0.2] * 13}},
    }
    path = tmp_path / "gym.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    simulation = lived(str(path), 200, 70)
    rows = {name: table.num_rows for name, table in simulation.out.take().items()}
    assert rows["invoice_lines"] > 300
    assert rows["applications"] > 100
    assert rows["attempts"] > 20


def test_the_habit_dials_inside_legal_hours_of_every_zone_a_person_may_be_in(utility: Simulation) -> None:
    world = utility.world
    seen, spread = 0, 0
    for ahead in range(1, 15):
        now = today(world.day + ahead, world.seed, world.time_zone)
        dials = habit_contacts(world, utility.out, now)
        seen += len(dials.account)
        for zone in (world.persons.zone, world.persons.other_zone):
            local = dials.start // 1_000_000 + now.offsets[zone[dials.person]]
            seconds = local % 86_400
            assert ((seconds >= 8 * 3600) & (seconds < 21 * 3600)).all()
        spread += int((world.persons.zone[dials.person] != world.persons.other_zone[dials.person]).sum())
        assert not (world.persons.team[world.accounts.person[dials.account]] == HOLDOUT).any()
    assert seen > 100
    assert spread > 0, "nobody with a number from elsewhere was dialed: the test would pass on nothing"


def test_nobody_is_dialed_on_a_sunday_by_habit(utility: Simulation) -> None:
    world = utility.world
    days = [world.day + ahead for ahead in range(1, 8)]
    calls = {
        (EPOCH + timedelta(days=day)).weekday(): int(
            (habit_contacts(world, utility.out, today(day, world.seed, world.time_zone)).channel == 0).sum()
        )
        for day in days
    }
    assert calls[6] == 0
    assert sum(calls.values()) > 0


def test_contacts_from_outside_are_made_as_given() -> None:
    simulation = lived("utility", 200, 60)
    world = simulation.world
    late = np.flatnonzero((world.accounts.past_due > 0) & (world.persons.phones[world.accounts.person] > 0))[:20]
    assert len(late) > 5
    point = world.persons.point_first[world.accounts.person[late]]
    tomorrow = EPOCH + timedelta(days=world.day + 1)
    contacts = Contacts(
        account_id=np.array(ids("A", late).to_pylist()),
        contact_point_id=np.array(ids("C", point).to_pylist()),
        channel=np.array(["voice"] * len(late)),
        start_at=np.array([f"{tomorrow}T18:30:00"] * len(late), dtype="datetime64[us]"),
        campaign=np.array(["list"] * len(late)),
        list_row_hash=np.array([f"hash{k}" for k in range(len(late))], dtype=object),
    )
    simulation.out.take()
    simulation.step(contacts)
    attempts = simulation.out.take()["attempts"].to_pandas()
    ours = attempts[attempts.campaign == "list"]
    assert sorted(ours.list_row_hash) == sorted(contacts.list_row_hash)
    assert set(ours.contact_point_id) == set(contacts.contact_point_id)
    assert {str(start) for start in ours.started_at} == {f"{tomorrow} 18:30:00+00:00"}
    assert not attempts.campaign.isin(["habit", "explore", "reminder"]).any()


def test_calls_bring_money_from_the_persuadable_and_none_from_the_sure() -> None:
    """Two lives from one state, differing only in that one talks to every past-due person on the first day."""
    paid: dict[bool, dict[int, float]] = {}
    for talks in (False, True):
        simulation = lived("utility", 3000, 75)
        world = simulation.world
        table = world.accounts
        late = np.flatnonzero((table.past_due > 0) & (table.days_past_due >= 5) & (table.promise_on > 10**6))
        owed = table.past_due[late].copy()
        if talks:
            table.boost[late] = world.persons.lift[table.person[late]]
            table.boost_until[late] = world.day + 12
        nobody = Contacts(*(np.array([], dtype=kind) for kind in ("U9", "U9", "U9", "datetime64[us]", "U9", object)))
        for _ in range(14):
            simulation.step(nobody)
        cured = table.days_past_due[late] < 14
        payer = world.persons.payer[table.person[late]]
        assert (owed > 0).all()
        paid[talks] = {code: float(cured[payer == code].mean()) for code in range(5)}
    names = list(load_profile("utility").payers)
    effect = {name: paid[True][code] - paid[False][code] for code, name in enumerate(names)}
    assert effect["persuadable"] > 0.2
    assert abs(effect["sure_payer"]) < 0.1
    assert effect["put_off"] < 0
    assert abs(effect["lost_cause"]) < 0.1
