"""Seats under capacity, how far from the optimum and how fast: `python -m bench.seating`."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from recoup_ml.assignment import assign_slots
from recoup_ml.seating import best_total, prices_of, seat_best

HOURS = 13
SMALL, SEEDS = 1_500, 40
LARGE, LARGE_SEATS = 100_000, (600, 3_000, 7_000)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def pairs(accounts: int, seed: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Accounts of skewed value, two hours in five closed to each: entity, slot, value (best first), and the matrix."""
    random = np.random.default_rng(seed)
    worth = random.gamma(0.7, 12.0, (accounts, 1)) * random.uniform(0.4, 1.0, (accounts, HOURS))
    worth[random.random(worth.shape) < 0.4] = 0
    row, hour = np.nonzero(worth > 0)
    value = worth[row, hour]
    order = np.lexsort((hour, row, -value))
    return np.unique(row[order], return_inverse=True)[1], hour[order], value[order], worth


def optimum(entity: Ints, slot: Ints, value: Floats, capacity: Ints) -> float:
    """What HiGHS finds; whole seats reach the linear program's optimum."""
    ones, place = np.ones(entity.size), np.arange(entity.size)
    left = vstack([csr_array((ones, (entity, place))), csr_array((ones, (slot, place)))]).tocsr()
    room = np.append(np.ones(int(entity.max()) + 1), capacity)
    return float(-linprog(-value, A_ub=left, b_ub=room, bounds=(0, 1), method="highs").fun)


def main() -> None:
    """Print the gap to the solver on small companies, and to the upper bound of the prices on large ones."""
    gaps = []
    for seed in range(SEEDS):
        entity, slot, value, _ = pairs(SMALL, seed)
        capacity = np.full(HOURS, (10, 20, 45, 90)[seed % 4])
        best = optimum(entity, slot, value, capacity)
        totals = [value[seat(entity, slot, value, capacity)].sum() for seat in (_greedy, seat_best)]
        gaps.append([1 - total / best for total in totals])
    print(f"{SEEDS} companies of {SMALL:,} accounts against HiGHS: largest gap, best-to-worst walk then seats:")
    print("  " + "  ".join(f"{gap:.6%}" for gap in np.max(gaps, axis=0)))
    for seats in LARGE_SEATS:
        entity, slot, value, worth = pairs(LARGE, 3)
        capacity = np.full(HOURS, seats)
        began = time.process_time()
        total = value[seat_best(entity, slot, value, capacity)].sum()
        seconds = time.process_time() - began
        gain = np.where(worth > 0, worth, -np.inf)
        bound = best_total(gain, capacity, prices_of(gain, capacity))
        gap = 1 - total / bound
        print(f"{LARGE:,} accounts, {HOURS} hours of {seats:,}: at most {gap:.4%} off, {seconds:.1f} CPU s")


def _greedy(entity: Ints, slot: Ints, value: Floats, capacity: Ints) -> npt.NDArray[np.bool_]:
    return assign_slots(entity, slot, capacity)


if __name__ == "__main__":
    main()
