"""What the company's source tables look like, and how engine arrays become their rows.

The engine emits numpy chunks in its own codes (positions, days, microseconds). A layout names, per entity and column,
the encoder that turns the concatenated chunk into an Arrow column; nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recoup.synthetic.columns import NO_DAY, NO_TIME, Array

ID_DIGITS = 9


class Encoder(Protocol):
    """Turns the engine's codes of one column into Arrow."""

    def encode(self, values: Array) -> pa.Array: ...


def ids(prefix: str, numbers: Array) -> pa.Array:
    """Text keys like `A000000042`; negative numbers become null. int64 (n,) → string (n,)."""
    head = prefix.encode()
    width = len(head) + ID_DIGITS
    out = np.empty((len(numbers), width), dtype=np.uint8)
    out[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rest = np.maximum(numbers, 0).astype(np.int64)
    for position in range(width - 1, len(head) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        out[:, position] = digit + 48
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    encoded = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(out))
    missing = numbers < 0
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), encoded) if missing.any() else encoded


def numbers(keys: Iterable[str] | Array) -> Array:
    """Positions back from text keys, the inverse of `ids`. → int64 (n,)."""
    return np.array([key[-ID_DIGITS:] for key in keys], dtype=np.int64)


@dataclass(frozen=True)
class Id:
    """A key of one prefix; negative = null."""

    prefix: str

    def encode(self, values: Array) -> pa.Array:
        return ids(self.prefix, values)


@dataclass(frozen=True)
class Ids:
    """A text[] of up to k keys from an int64 (n, k) array, -1 = unused."""

    prefix: str
    width: int

    def encode(self, values: Array) -> pa.Array:
        parts = [ids(self.prefix, values[:, k]) for k in range(self.width)]
        joined = pc.binary_join_element_wise(*parts, ",", null_handling="skip")
        return pc.binary_join_element_wise("{", joined, "}", "")


@dataclass(frozen=True)
class Code:
    """One of a fixed list of words; -1 = null."""

    words: tuple[str, ...]

    def encode(self, values: Array) -> pa.Array:
        return pa.array(self.words, pa.string()).take(pa.array(values.astype(np.int32), mask=values < 0))


@dataclass(frozen=True)
class Text:
    """Already text: object array of str or None."""

    def encode(self, values: Array) -> pa.Array:
        return pa.array(values, pa.string(), from_pandas=True)


@dataclass(frozen=True)
class Date:
    """Days since 1970-01-01; NO_DAY = null."""

    def encode(self, values: Array) -> pa.Array:
        return pa.array(values.astype(np.int32), mask=values == NO_DAY).cast(pa.date32())


@dataclass(frozen=True)
class Instant:
    """Microseconds since 1970 UTC; NO_TIME = null."""

    def encode(self, values: Array) -> pa.Array:
        return pa.array(values.astype(np.int64), mask=values == NO_TIME).cast(pa.timestamp("us", tz="UTC"))


@dataclass(frozen=True)
class Whole:
    """An integer; NO_TIME = null."""

    def encode(self, values: Array) -> pa.Array:
        values = values.astype(np.int64)
        return pa.array(values, mask=values == NO_TIME)


@dataclass(frozen=True)
class Decimal:
    """A number with `digits` decimals; NaN = null."""

    digits: int

    def encode(self, values: Array) -> pa.Array:
        values = values.astype(np.float64)
        return pa.array(np.round(values, self.digits), mask=np.isnan(values))


@dataclass(frozen=True)
class Flag:
    """1 true, 0 false, -1 null."""

    def encode(self, values: Array) -> pa.Array:
        return pa.array(values > 0, mask=values < 0)


@dataclass(frozen=True)
class Layout:
    """One source table: encoders by column. `key` = primary key, empty where a key column may be null."""

    name: str
    feed: str
    columns: Mapping[str, Encoder]
    key: tuple[str, ...] = ()


@dataclass
class Buffers:
    """Chunks emitted since the last flush, per table."""

    layouts: Mapping[str, Layout]
    chunks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    replaced: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def emit(self, table: str, count: int, **values: Any) -> None:
        """Add `count` rows. Scalars stand for every row; columns left out are null.

        Raises:
            KeyError: A column that the table does not have.
        """
        self._keep(self.chunks, table, count, values)

    def replace(self, table: str, count: int, **values: Any) -> None:
        """Put `count` whole rows in place of those with the same key, emitted earlier; once a row and flush."""
        self._keep(self.replaced, table, count, values)

    def _keep(self, chunks: dict[str, list[dict[str, Any]]], table: str, count: int, values: Mapping[str, Any]) -> None:
        if count == 0:
            return
        unknown = values.keys() - self.layouts[table].columns.keys()
        if unknown:
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        kept = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in values.items()}
        chunks.setdefault(table, []).append({"": count, **kept})

    def take(self) -> dict[str, pa.Table]:
        """Everything emitted, as Arrow tables in the layout's column order; the buffers are empty afterwards."""
        taken, self.chunks = self.chunks, {}
        return {name: arrow(self.layouts[name], chunks) for name, chunks in taken.items()}

    def take_replaced(self) -> dict[str, pa.Table]:
        """Everything that stands in place of earlier rows, likewise."""
        taken, self.replaced = self.replaced, {}
        return {name: arrow(self.layouts[name], chunks) for name, chunks in taken.items()}


def arrow(layout: Layout, chunks: list[dict[str, Any]]) -> pa.Table:
    """Concatenate chunks of codes and encode them column by column."""
    columns: dict[str, pa.Array] = {}
    counts = [chunk[""] for chunk in chunks]
    for name, encoder in layout.columns.items():
        if not any(name in chunk for chunk in chunks):
            columns[name] = pa.nulls(sum(counts), pa.string())
            continue
        null = _null_of(encoder)
        parts = [
            value if isinstance(value := chunk.get(name, null), np.ndarray) else _repeat(value, count, encoder)
            for chunk, count in zip(chunks, counts, strict=True)
        ]
        columns[name] = encoder.encode(np.concatenate(parts))
    return pa.table(columns)


def _repeat(value: Any, count: int, encoder: Encoder) -> Array:
    if isinstance(encoder, Ids):
        return np.full((count, encoder.width), value, dtype=np.int64)
    return np.full(count, value, dtype=object if isinstance(encoder, Text) else None)


def _null_of(encoder: Encoder) -> Any:
    if isinstance(encoder, Date):
        return NO_DAY
    if isinstance(encoder, Instant | Whole):
        return NO_TIME
    if isinstance(encoder, Decimal):
        return float("nan")
    return None if isinstance(encoder, Text) else -1
