"""One row a key out of a file that repeats it: customers and accounts off the invoices they stand on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recoup.company_sources import EntityMapping
from recoup.entities import Entity
from recoup.sources.adapter import FAULTS, RECORDED_AT

_NUMBERS = ("bigint", "integer", "numeric")
_POSITION = "_position"


def one_row_a_key(table: pa.Table, entity: Entity, mapping: EntityMapping) -> Iterator[pa.Table]:
    """Yield one row a key, each column picked as its mapping says; then the rows with faults, unchanged.

    The first row of a key gives whatever is not a column of the mapping, such as where the row stands.
    """
    is_fit = pc.is_null(table[FAULTS])
    fit = table.filter(is_fit)
    # A key column that arrives by `pick` (the earliest date of a party) is a result, not what rows are grouped by.
    keys = [name for name in entity.key if name in mapping.columns and mapping.columns[name].pick == "first"]
    if fit.num_rows:
        position = pa.array(np.arange(fit.num_rows))
        groups = fit.select(keys).append_column(_POSITION, position).group_by(keys, use_threads=False)
        ends = groups.aggregate([(_POSITION, "min"), (_POSITION, "max")])
        result = fit.take(ends[f"{_POSITION}_min"])
        for name, column in mapping.columns.items():
            if name in keys or column.pick == "first":
                continue
            if column.pick == "last":
                picked = fit[name].take(ends[f"{_POSITION}_max"])
            else:
                picked = _extreme(fit, keys, name, column.pick, _type(entity, name))
            result = result.set_column(result.column_names.index(name), name, picked)
        yield result
    if fit.num_rows < table.num_rows:
        yield table.filter(pc.invert(is_fit))


def _extreme(table: pa.Table, keys: list[str], name: str, pick: str, type_: str) -> pa.ChunkedArray:
    """Smallest or largest value of each key, keys in the order of their first row; ISO text sorts as time does."""
    values = pc.cast(table[name], pa.decimal128(38, 9)) if type_ in _NUMBERS else table[name]
    # Arrow has no minimum of texts by group: rank them, take the extreme rank, and look the text up again.
    ranked = pc.rank(values, sort_keys="ascending", tiebreaker="dense")
    ranks = ranked.to_numpy().astype(np.int64)
    is_null = pc.is_null(table[name]).to_numpy(zero_copy_only=False)
    ordered = np.where(is_null, np.iinfo(np.int64).max if pick == "min" else -1, ranks)
    groups = table.select(keys).append_column("rank", pa.array(ordered)).group_by(keys, use_threads=False)
    best = groups.aggregate([("rank", pick)])[f"rank_{pick}"].to_numpy()
    row_of_rank = np.full(int(ranks.max()) + 1, -1, dtype=np.int64)
    row_of_rank[ranks] = np.arange(len(ranks))
    is_known = (best >= 0) & (best < len(row_of_rank))
    rows = pa.array(np.where(is_known, row_of_rank[np.where(is_known, best, 0)], 0), mask=~is_known)
    return pa.chunked_array([pc.take(table[name].combine_chunks(), rows)])


def _type(entity: Entity, name: str) -> str:
    return "timestamptz" if name == RECORDED_AT else entity.column(name).type
