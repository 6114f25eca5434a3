"""Matching money to what is owed, first come, first served, exact to the cent."""

from __future__ import annotations

import numpy as np

from recoup.synthetic.columns import Array


def allocate(item_group: Array, item_amount: Array, due_group: Array, due_amount: Array) -> tuple[Array, Array, Array]:
    """Match amounts to dues first come, first served within each group; both sides sorted by group.

    Lays both sides of each group end to end on one line, cut where the shorter side ends; the pieces between all the
    cuts are the matches.

    Returns:
        Positions into items, positions into dues, and amounts > 0, int64, row-aligned.
    """
    groups = np.intersect1d(item_group, due_group)
    item_keep, item_share = _cut(item_group, item_amount, groups, due_group, due_amount)
    due_keep, due_share = _cut(due_group, due_amount, groups, item_group, item_amount)
    item_ends, due_ends = np.cumsum(item_share), np.cumsum(due_share)
    cuts = np.union1d(item_ends, due_ends)
    starts = np.concatenate([[0], cuts[:-1]]).astype(np.int64)
    if len(cuts) == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    return (
        item_keep[np.searchsorted(item_ends, starts, side="right")],
        due_keep[np.searchsorted(due_ends, starts, side="right")],
        (cuts - starts).astype(np.int64),
    )


def _cut(group: Array, amount: Array, groups: Array, other_group: Array, other_amount: Array) -> tuple[Array, Array]:
    """Rows of `group` and how much of each is matched: a group gives at most what the other side has."""
    kept = np.flatnonzero(np.isin(group, groups))
    position = np.searchsorted(groups, group[kept])
    inside = np.isin(other_group, groups)
    limit = np.zeros(len(groups), dtype=np.int64)
    np.add.at(limit, np.searchsorted(groups, other_group[inside]), other_amount[inside])
    running = np.cumsum(amount[kept]) - amount[kept]
    first = np.searchsorted(position, np.arange(len(groups)))
    before = running - running[first[position]]
    share = np.clip(limit[position] - before, 0, amount[kept]).astype(np.int64)
    used = share > 0
    return kept[used], share[used]
