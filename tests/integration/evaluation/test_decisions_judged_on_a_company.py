"""The judge of decisions reads a real day, and the truth that it holds them against is the company's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recoup.evaluation.decision_data import Observed, observe
from recoup.evaluation.decision_judge import ORACLE, OURS, RANDOM, judge_reach, judge_value
from recoup.evaluation.observables import lived
from recoup.synthetic import load_profile, state
from recoup.synthetic.responses import point_table, response_table, responses
from recoup.synthetic.world import World
from recoup.warehouse import connect

LIVES = 3


@pytest.fixture(scope="module")
def world(company_run: Any) -> World:
    with state.open_truth(company_run.settings) as truth:
        return state.load(truth)[1]


@pytest.fixture(scope="module")
def observed(company_run: Any, world: World) -> Observed:
    points, answers = point_table(world).to_pandas(), response_table(world, 14, LIVES).to_pandas()
    for name in ("right_party_weekday", "right_party_weekend"):
        points[name] = points[name].str.strip("{}").str.split(",").map(lambda parts: [float(part) for part in parts])
    return observe(company_run.settings, company_run.day, points, answers)


def test_every_decision_of_the_day_has_its_truth(observed: Observed) -> None:
    assert len(observed.accounts) > 20
    assert observed.accounts["seq"].notna().sum() > 5
    assert observed.slots["chance"].between(0, 1).all()
    assert observed.slots["local_hour"].between(8, 20).all()
    assert observed.slots["chance"].nunique() > 50
    silent, talk = observed.seconds
    assert 20 <= silent < talk


def test_the_oracle_is_above_all_others(observed: Observed) -> None:
    reach, value = judge_reach(observed.slots), judge_value(observed)
    assert max(reach, key=lambda name: reach[name]) == ORACLE
    assert reach[RANDOM] < reach[ORACLE]
    assert set(value) >= {RANDOM, OURS, ORACLE, "balance first", "oldest first", "days past due", "propensity"}


def test_living_on_leaves_the_company_as_it_was_and_equal_luck_is_equal(world: World) -> None:
    before = {name: table.arrays()["number" if "number" in table.arrays() else next(iter(table.arrays()))].copy()
              for name, table in world.tables.items()}  # fmt: skip
    first, again, other = responses(world, 14, 1), responses(world, 14, 1), responses(world, 14, 1, luck=1)
    assert np.array_equal(first.cash, again.cash)
    assert not np.array_equal(first.cash, other.cash)
    for name, table in world.tables.items():
        assert len(table) == len(before[name]), name


def test_a_contact_moves_those_whom_it_moves(world: World) -> None:
    found = responses(world, 14, 12)
    lift = world.persons.lift[world.accounts.person[found.accounts]]
    added = found.paid[:, 1] - found.paid[:, 0]
    assert added[lift > 0.05].mean() > 0.15
    assert added[lift < 0].mean() < 0
    assert abs(added[(lift >= 0) & (lift < 0.003)].mean()) < 0.1


def test_a_company_lived_in_memory_is_the_one_that_was_made(company_run: Any, world: World) -> None:
    with state.open_truth(company_run.settings) as truth:
        saved = state.saved(truth)
    assert saved is not None
    made, profile, last_day = saved
    *_, (on, observer) = lived(
        profile, made.seed, made.customers, made.months, last_day, company_run.settings.company.time_zone
    )
    assert on == last_day
    assert profile == load_profile("utility")
    assert np.array_equal(observer.world.accounts.past_due, world.accounts.past_due)
    assert np.array_equal(observer.world.persons.lift, world.persons.lift)
    known = observer.describe().set_index("account")
    with connect("auditor", company_run.settings) as connection:
        rows = connection.execute(
            "select account_id, balance_cents, days_past_due, open_invoice_count, attempts_90d_count,"
            " promises_180d_count from features.ftr_account_day where as_of_date = %s", [last_day],
        ).fetchall()  # fmt: skip
    columns = ["account_id", "balance_cents", "days_past_due", "open_invoice_count", "attempts_90d_count",
               "promises_180d_count"]  # fmt: skip
    features = pd.DataFrame(rows, columns=columns).set_index("account_id")
    features.index = features.index.str[1:].astype(int)
    both = features.join(known, how="inner", rsuffix="_known")
    assert len(both) > 20
    for name in columns[1:]:
        said = both[name].astype(float).to_numpy()
        assert np.mean(said == both[f"{name}_known"].to_numpy()) > 0.9, name
