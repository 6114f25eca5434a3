"""Who gets which hour, when an hour has only so many agents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNLIMITED = -1
"""Slot code of a pair that needs no agent."""


def assign_slots(entity: Ints, slot: Ints, capacity: Ints) -> Bools:
    """Give every entity at most one slot and every slot at most its capacity, best pairs first.

    The result is that of walking the pairs from best to worst and taking each whose entity is free and whose slot has
    room. It is reached by rounds instead: everybody applies for the best slot left to them, a slot keeps its best
    applicants, and who is turned down applies elsewhere. Both sides rank pairs alike, so the outcome is the same and
    the only one.

    Args:
        entity: Codes, shape (n_pairs,), best pair first.
        slot: Codes into `capacity`, or UNLIMITED, row-aligned with `entity`.
        capacity: Room of each slot, shape (n_slots,).

    Returns:
        Chosen pairs, bool, shape (n_pairs,).
    """
    chosen = np.zeros(entity.size, dtype=bool)
    alive = np.arange(entity.size)
    while alive.size:
        # Pairs are sorted, so an entity's first living pair is its best.
        applying = alive[np.sort(np.unique(entity[alive], return_index=True)[1])]
        limited = applying[slot[applying] != UNLIMITED]
        by_slot = limited[np.argsort(slot[limited], kind="stable")]
        codes = slot[by_slot]
        place = np.arange(codes.size) - np.searchsorted(codes, codes)
        if not (place >= capacity[codes]).any():
            chosen[applying] = True
            return chosen
        # The last applicant that a full slot keeps is its bar, and a bar only rises: what is below it is out for good.
        bar = np.full(capacity.size, entity.size, dtype=np.int64)
        keeps_last = place == capacity[codes] - 1
        bar[codes[keeps_last]] = by_slot[keeps_last]
        bar[capacity <= 0] = -1
        living_slot = slot[alive]
        out = (living_slot != UNLIMITED) & (alive > bar[np.maximum(living_slot, 0)])
        alive = alive[~out]
    return chosen
