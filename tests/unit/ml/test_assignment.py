"""Seats under capacity: what rounds give is what walking the pairs from best to worst gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recoup_ml.assignment import UNLIMITED, assign_slots

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 4)), max_size=80)
CAPACITY = st.lists(st.integers(0, 4), min_size=5, max_size=5)


def walked(entity: list[int], slot: list[int], capacity: list[int]) -> list[bool]:
    """The plain greedy: best pair first."""
    room, seated, chosen = list(capacity), set(), []
    for who, where in zip(entity, slot, strict=True):
        takes = who not in seated and (where == UNLIMITED or room[where] > 0)
        chosen.append(takes)
        if takes:
            seated.add(who)
            if where != UNLIMITED:
                room[where] -= 1
    return chosen


@given(PAIRS, CAPACITY)
def test_rounds_seat_exactly_those_that_the_greedy_walk_seats(
    pairs: list[tuple[int, int]], capacity: list[int]
) -> None:
    entity, slot = [who for who, _ in pairs], [where for _, where in pairs]
    chosen = assign_slots(
        np.array(entity, dtype=np.int64), np.array(slot, dtype=np.int64), np.array(capacity, dtype=np.int64)
    )
    assert chosen.tolist() == walked(entity, slot, capacity)


def test_no_hour_is_overbooked_and_nobody_sits_twice() -> None:
    random = np.random.default_rng(2)
    entity, slot = random.integers(0, 20_000, 200_000), random.integers(0, 13, 200_000)
    chosen = assign_slots(entity, slot, np.full(13, 900, dtype=np.int64))
    assert np.bincount(slot[chosen]).tolist() == [900] * 13
    assert np.unique(entity[chosen]).size == chosen.sum() == 13 * 900
