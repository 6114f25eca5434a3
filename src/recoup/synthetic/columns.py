"""Growing columns: the engine's state is a handful of these tables, one numpy array a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
NEVER = np.iinfo(np.int32).max  # a day that does not come
NO_DAY = np.iinfo(np.int32).min  # a day that is not known; written as null
NO_TIME = np.iinfo(np.int64).min  # an instant that is not known; written as null


class Table:
    """Columns of equal length that grow by appending and shrink by `keep`.

    Reading `table.name` gives a writable view of shape (n, ...) that is valid until the next `append`.

    Args:
        columns: Name to (dtype, default) or (dtype, default, trailing shape).
    """

    def __init__(self, columns: Mapping[str, tuple[Any, ...]]) -> None:
        self._n = 0
        self._defaults = {name: spec[1] for name, spec in columns.items()}
        self._arrays: dict[str, Array] = {
            name: np.empty((64, *(spec[2] if len(spec) > 2 else ())), dtype=spec[0]) for name, spec in columns.items()
        }

    def __len__(self) -> int:
        return self._n

    def __getattr__(self, name: str) -> Array:
        arrays = self.__dict__.get("_arrays")
        if arrays is None or name not in arrays:
            raise AttributeError(name)
        view: Array = arrays[name][: self._n]
        return view

    def append(self, count: int, **values: Any) -> Array:
        """Add `count` rows; columns not named take their default. Returns the new rows' positions, int64 (count,)."""
        start, end = self._n, self._n + count
        unknown = values.keys() - self._arrays.keys()
        if unknown:
            raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
        for name, array in self._arrays.items():
            if end > len(array):
                grown = np.empty((max(end, len(array) * 3 // 2), *array.shape[1:]), dtype=array.dtype)
                grown[:start] = array[:start]
                self._arrays[name] = array = grown
            array[start:end] = values.get(name, self._defaults[name])
        self._n = end
        return np.arange(start, end)

    def keep(self, mask: Array) -> None:
        """Drop the rows where `mask` (bool, shape (n,)) is false; the order stays."""
        count = int(np.count_nonzero(mask))
        if count == self._n:
            return
        for array in self._arrays.values():
            array[:count] = array[: self._n][mask]
        self._n = count

    def arrays(self) -> dict[str, Array]:
        """The columns as they stand, for saving."""
        return {name: array[: self._n] for name, array in self._arrays.items()}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take over columns that `arrays()` gave before."""
        self._arrays = {name: np.array(arrays[name]) for name in self._arrays}
        self._n = len(next(iter(self._arrays.values())))
