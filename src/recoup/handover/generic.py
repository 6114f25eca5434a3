"""The documented generic formats: every canonical column, as CSV (RFC 4180) and as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from recoup.handover import text
from recoup.handover.columns import COLUMNS, DECIMAL, INSTANT
from recoup.handover.files import ParquetParts, Parts
from recoup.handover.formats import Format, Piece
from recoup.handover.limits import Checks

# Made by the pipeline of digits, letters, dashes: a guard there would only be in the way. A number is no formula.
_UNGUARDED = {
    "list_key", "channel", "address", "allowed_windows_utc", "currency", "row_hash", "debt_ids", "time_zone_set",
    "reason_codes",
}  # fmt: skip


class _Generic(Format):
    title = "the generic export"
    channels = None
    by_slot = False

    def handed_over(self) -> list[str]:
        return [name for name in COLUMNS if self.with_names or name != "full_name"]

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(self.handed_over())


class GenericCsv(_Generic):
    """UTF-8 without a byte order mark, texts in double quotes, CRLF."""

    def parts(self, directory: Path, stem: str) -> Parts:
        return Parts(directory, stem, ".csv", header=text.header(self.handed_over()))

    def lines(self, piece: Piece) -> Any:
        checks = Checks(self.title, piece.rows)
        checks.present("address", piece.rows["address"])
        return text.lines([self._cells(name, piece.rows[name]) for name in self.handed_over()], ",", "\r\n")

    @staticmethod
    def _cells(name: str, values: Any) -> Any:
        column = COLUMNS[name]
        if column.type == INSTANT:
            return text.bare_cells(text.instants(values))
        if column.type == DECIMAL or not pa.types.is_string(values.type):
            return text.bare_cells(values.cast(pa.string()))
        if name == "address":
            # A number begins with a plus sign; whatever else stands there is guarded.
            is_number = text.is_number(values)
            return text.cells(text.either(is_number, values, text.guarded(values)))
        return text.cells(values if name in _UNGUARDED else text.guarded(values))


class GenericParquet(_Generic):
    """Typed columns: decimals as decimal128(20, 4), instants as UTC microseconds, lists as lists of strings."""

    as_text = False

    @property
    def schema(self) -> Any:
        """The Arrow schema of the file."""
        return pa.schema(
            [
                pa.field(name, COLUMNS[name].type, metadata={b"description": COLUMNS[name].meaning.encode()})
                for name in self.handed_over()
            ]
        )

    def parts(self, directory: Path, stem: str) -> Parts:
        return ParquetParts(directory, stem, ".parquet", self.schema)

    def lines(self, piece: Piece) -> Any:
        Checks(self.title, piece.rows).present("address", piece.rows["address"])
        return pa.RecordBatch.from_arrays(
            [piece.rows[field.name].cast(field.type) for field in self.schema], schema=self.schema
        )
