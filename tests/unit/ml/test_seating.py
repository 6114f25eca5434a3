"""Seats for the largest total: never below the greedy walk, at the exact optimum of a solver, within capacity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from recoup_ml.assignment import UNLIMITED, assign_slots
from recoup_ml.seating import best_total, prices_of, seat_best

Array = npt.NDArray[np.float64]


def pairs_of(worth: Array, text: Array | None = None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Array]:
    """Pairs, best first, of a matrix of values (0 = no pair) and of values that need no agent."""
    row, hour = np.nonzero(worth > 0)
    value = worth[row, hour]
    if text is not None:
        unlimited = np.flatnonzero(text > 0)
        row, hour = np.append(row, unlimited), np.append(hour, np.full(unlimited.size, UNLIMITED))
        value = np.append(value, text[unlimited])
    order = np.lexsort((hour, row, -value))
    return np.unique(row[order], return_inverse=True)[1], hour[order], value[order]


def optimum(entity: npt.NDArray[np.int64], slot: npt.NDArray[np.int64], value: Array, capacity: Array) -> float:
    """The solver's total; the constraints are totally unimodular, so whole seats reach it."""
    if not entity.size:
        return 0.0
    rows = [entity == who for who in np.unique(entity)] + [slot == hour for hour in range(capacity.size)]
    found = linprog(
        -value, A_ub=np.array(rows, dtype=float), b_ub=[*[1] * np.unique(entity).size, *capacity], bounds=(0, 1),
        method="highs",
    )  # fmt: skip
    return float(-found.fun)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 6), st.sampled_from(["any", "alike", "whole"]))
def test_the_total_is_the_solvers_optimum(seed: int, people: int, hours: int, kind: str) -> None:
    random = np.random.default_rng(seed)
    worth = random.gamma(1.0, 10.0, (people, 1)) * random.uniform(0.5, 1.0, (people, hours))
    if kind == "alike":
        worth = np.tile(worth[:1], (people, 1))
    if kind == "whole":
        worth = np.ceil(worth)
    worth[random.random(worth.shape) < 0.2] = 0
    text = np.where(random.random(people) < 0.3, random.uniform(0, 8, people), 0.0)
    capacity = random.integers(0, 5, hours)
    entity, slot, value = pairs_of(worth, text)
    chosen = seat_best(entity, slot, value, capacity)
    seated = slot[chosen]
    assert np.unique(entity[chosen]).size == chosen.sum()
    assert (np.bincount(seated[seated != UNLIMITED], minlength=hours) <= capacity).all()
    assert value[chosen].sum() == pytest.approx(optimum(entity, slot, value, capacity), rel=1e-6, abs=1e-6)


def test_the_greedy_walk_leaves_value_where_one_person_has_another_hour_and_the_next_has_none() -> None:
    worth = np.array([[10.0, 9.9], [9.0, 0.0]])
    entity, slot, value = pairs_of(worth)
    room = np.array([1, 1])
    assert value[assign_slots(entity, slot, room)].sum() == 10.0
    assert value[seat_best(entity, slot, value, room)].sum() == 18.9


def test_a_large_company_is_seated_within_a_hundredth_of_what_is_possible() -> None:
    random = np.random.default_rng(3)
    worth = random.gamma(0.7, 12.0, (20_000, 1)) * random.uniform(0.4, 1.0, (20_000, 13))
    capacity = np.full(13, 120)
    entity, slot, value = pairs_of(worth)
    total = value[seat_best(entity, slot, value, capacity)].sum()
    assert total >= value[assign_slots(entity, slot, capacity)].sum()
    assert total >= 0.99 * best_total(worth, capacity, prices_of(worth, capacity))
