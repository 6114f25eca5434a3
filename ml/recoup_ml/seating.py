"""Seats under capacity so that they are worth the most together: few hours, many people.

Greedy seating gives an hour to whoever is worth most there, also where the next hour would have done as well for them
and for nobody else. This is the transportation problem: prices on the hours come near its optimum in a few rounds (an
auction, after Bertsekas 1988), and chains of moves between the hours then improve what prices left, up to the optimum
where no chain is left. Plain arithmetic in a fixed order: the same rows give the same seats on any machine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recoup_ml.assignment import UNLIMITED, Bools, Ints, assign_slots

Floats = npt.NDArray[np.float64]

PRICE_ROUNDS = 40
PRICE_STEPS = (2e-3, 4e-4, 8e-5, 1.6e-5, 3.2e-6)
"""Least rise of a price, as a share of the largest gain: coarse at first, then finer, from a little below."""
SMALLEST_GAIN = 1e-9
_MOVED_ROWS = 200_000_000
"""Rows that are looked at for chains at most: what bounds their number in a large company."""


def seat_best(entity: Ints, slot: Ints, value: Floats, capacity: Ints) -> Bools:
    """Give every entity at most one slot and every slot at most its capacity, for the largest total value.

    Never worth less than `assign_slots`. The optimum, unless the chains are cut off at their bound, which only a large
    company reaches; then near it.

    Args:
        entity: Codes from 0 without gaps, shape (n_pairs,), best pair first; ties end by this order.
        slot: Codes into `capacity`, or UNLIMITED, row-aligned with `entity`.
        value: What each pair is worth, above 0, row-aligned with `entity`.
        capacity: Room of each slot, shape (n_slots,).

    Returns:
        Chosen pairs, bool, shape (n_pairs,).
    """
    greedy = assign_slots(entity, slot, capacity)
    first = np.zeros(entity.size, dtype=bool)
    first[np.unique(entity, return_index=True)[1]] = True
    if not entity.size or not capacity.size or (greedy == first).all():
        return greedy
    outside = capacity.size
    pair = np.full((int(entity.max()) + 1, outside + 1), -1, dtype=np.int64)
    # Written from the worst pair on, so that the best pair of an entity and a slot stands.
    pair[entity[::-1], np.where(slot == UNLIMITED, outside, slot)[::-1]] = np.arange(entity.size)[::-1]
    worth = np.where(pair >= 0, value[pair], -np.inf)
    gain = worth[:, :outside] - np.maximum(worth[:, outside], 0.0)[:, None]
    gain[gain <= 0] = -np.inf
    seat = np.full(len(gain), outside, dtype=np.int64)
    standing = _standing(gain, int(capacity.sum()))
    seat[standing] = _seat_standing(gain[standing], capacity)
    rows = pair[np.arange(seat.size), seat]
    chosen = np.zeros(entity.size, dtype=bool)
    chosen[rows[rows >= 0]] = True
    return chosen if value[chosen].sum() > value[greedy].sum() else greedy


def _seat_standing(gain: Floats, capacity: Ints) -> Ints:
    return _improve(_fill(_by_prices(gain, capacity), gain, capacity), gain, capacity)


def _standing(gain: Floats, seats: int) -> Ints:
    """Rows that an optimum may seat, ascending: those among the `seats` largest gains of some slot.

    Whoever sits below them in a slot can be exchanged for one of them who has no seat, at no loss: of `seats` rows at
    most `seats` - 1 sit elsewhere. So the search costs what the seats cost, however many people there are.
    """
    if seats >= len(gain):
        return np.arange(len(gain))
    stands = np.zeros(len(gain), dtype=bool)
    for hour in range(gain.shape[1] if seats else 0):
        stands[np.argpartition(-gain[:, hour], seats - 1)[:seats]] = True
    return np.flatnonzero(stands)


def best_total(gain: Floats, capacity: Ints, prices: Floats) -> float:
    """An upper bound of what any seating is worth, by weak duality, for any prices >= 0.

    Args:
        gain: float64, shape (n, n_slots); -inf where there is no pair.
    """
    open_slots = capacity > 0
    return float(prices[open_slots] @ capacity[open_slots] + np.maximum((gain - prices).max(axis=1), 0.0).sum())


def prices_of(gain: Floats, capacity: Ints) -> Floats:
    """Prices at which about as many want each slot as it holds; 0 where it has room. Shape (n_slots,)."""
    prices = np.where(capacity > 0, 0.0, np.inf)
    largest = max(float(gain.max(initial=0.0)), 0.0)
    best, bound = prices, np.inf
    for share in PRICE_STEPS:
        step = share * largest
        prices = np.maximum(best - 5 * step, 0.0)
        for _ in range(PRICE_ROUNDS):
            if not _raise_crowded(prices, gain, capacity, step):
                break
        found = best_total(gain, capacity, prices)
        if found < bound:
            best, bound = prices, found
    return best


def _raise_crowded(prices: Floats, gain: Floats, capacity: Ints, step: float) -> bool:
    """Raise, in place, the price of each slot that more want than it holds; False where there is none."""
    best, top, bid = _wishes(gain, prices)
    demand = np.bincount(best[top > 0], minlength=capacity.size)
    crowded = np.flatnonzero(demand > capacity)
    for hour in crowded:
        bids = bid[(best == hour) & (top > 0)]
        # The highest bid of those that find no room: at this price they turn elsewhere.
        place = bids.size - capacity[hour] - 1
        prices[hour] = max(prices[hour], float(np.partition(bids, place)[place])) + step
    return bool(crowded.size)


def _wishes(gain: Floats, prices: Floats) -> tuple[Ints, Floats, Floats]:
    """Each row's best slot at the prices, what is left of its gain there, and the price at which it turns away."""
    rows = np.arange(len(gain))
    net = gain - prices
    best = net.argmax(axis=1)
    top = net[rows, best]
    net[rows, best] = -np.inf
    second = np.maximum(net.max(axis=1), 0.0)
    return best, top, top - second + np.where(np.isfinite(prices[best]), prices[best], 0.0)


def _by_prices(gain: Floats, capacity: Ints) -> Ints:
    """Seats by everybody's wish at the prices, a slot's highest bidders first; `capacity.size` = no seat."""
    best, top, bid = _wishes(gain, prices_of(gain, capacity))
    seat = np.full(len(gain), capacity.size, dtype=np.int64)
    wishing = np.flatnonzero(top > 0)
    ordered = wishing[np.lexsort((wishing, -bid[wishing]))]
    kept = ordered[assign_slots(ordered, best[ordered], capacity)]
    seat[kept] = best[kept]
    return seat


def _fill(seat: Ints, gain: Floats, capacity: Ints) -> Ints:
    """Give the room that is left to those without a seat, the largest gain first."""
    room = capacity - np.bincount(seat, minlength=capacity.size + 1)[: capacity.size]
    free = np.flatnonzero(seat == capacity.size)
    row, hour = np.nonzero((gain[free] > 0) & (room > 0))
    row = free[row]
    order = np.lexsort((hour, row, -gain[row, hour]))
    row, hour = row[order], hour[order]
    taken = assign_slots(row, hour, room)
    filled = seat.copy()
    filled[row[taken]] = hour[taken]
    return filled


def _improve(seat: Ints, gain: Floats, capacity: Ints) -> Ints:
    """Move people along chains of hours while a chain gains; having no seat is an hour with room for everybody."""
    outside = capacity.size
    gains = np.column_stack([gain, np.zeros(len(gain))])
    seat, room = seat.copy(), np.append(capacity, len(gain) + 1)
    count = np.bincount(seat, minlength=outside + 1)
    move = np.full((outside + 1, outside + 1), -np.inf)
    who = np.full((outside + 1, outside + 1), -1, dtype=np.int64)
    stale = list(range(outside + 1))
    for _ in range(int(np.clip(_MOVED_ROWS // max(len(gain), 1), 50, 5_000))):
        for start in stale:
            there = np.flatnonzero(seat == start)
            move[start], who[start] = -np.inf, -1
            if there.size:
                change = gains[there] - gains[there, start][:, None]
                place = change.argmax(axis=0)
                move[start], who[start] = change[place, np.arange(outside + 1)], there[place]
            if count[start] < room[start]:
                # An empty seat moves for nothing: that is how a chain begins or ends.
                who[start, move[start] < 0] = -1
                move[start] = np.maximum(move[start], 0.0)
            move[start, start] = -np.inf
        cycle = _gaining_cycle(move)
        if not cycle:
            break
        for start, stop in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            mover = who[start, stop]
            if mover >= 0:
                seat[mover] = stop
        count = np.bincount(seat, minlength=outside + 1)
        stale = cycle
    return seat


def _gaining_cycle(move: Floats) -> list[int]:
    """Nodes of a cycle whose moves gain, in order; empty if there is none (Bellman and Ford)."""
    size = len(move)
    reached, before = np.zeros(size), np.zeros(size, dtype=np.int64)
    last = -1
    for _ in range(size):
        through = reached[:, None] + move
        source = through.argmax(axis=0)
        found = through[source, np.arange(size)]
        better = found > reached + SMALLEST_GAIN
        if not better.any():
            return []
        reached, before = np.where(better, found, reached), np.where(better, source, before)
        last = int(np.flatnonzero(better)[0])
    for _ in range(size):
        last = int(before[last])
    cycle, node = [last], int(before[last])
    while node != last:
        cycle.append(node)
        node = int(before[node])
    cycle.reverse()
    return cycle
