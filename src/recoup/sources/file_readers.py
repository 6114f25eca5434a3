"""CSV and Parquet files as batches of text columns, each row with its number in the file.

Nothing is interpreted here: a leading zero stays, an empty cell is null. A CSV row with too few or too many fields is
handed on by its number, for landing to refuse; a file that cannot be read at all is one sentence.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from recoup.errors import RecoupError

_BLOCK_BYTES = 4 << 20
_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class MalformedRow:
    """A row whose number of fields is not the header's."""

    number: int
    fields: int
    expected: int


@dataclass
class Reader(ABC):
    """One file.

    Attributes:
        malformed: Rows that could not be split into columns; complete once all batches were read.
    """

    path: Path
    malformed: list[MalformedRow] = field(default_factory=list)

    @abstractmethod
    def column_names(self) -> list[str]:
        """Columns of the file, in order.

        Raises:
            RecoupError: The file is missing, empty, or not what its ending says.
        """

    @abstractmethod
    def batches(self, columns: list[str]) -> Iterator[tuple[pa.Table, np.ndarray[Any, Any]]]:
        """Yield (rows, numbers): text columns with null for empty cells, and the rows' numbers in the file, int64.

        The first line of a CSV file is row 1, the first row of a Parquet file too. Blank rows are left out.

        Raises:
            RecoupError: The file turns out to be unreadable.
        """


def reader(path: Path, *, delimiter: str, encoding: str) -> Reader:
    """Return the reader for a file, told by its ending: .parquet, anything else is CSV."""
    if path.suffix == ".parquet":
        return ParquetReader(path)
    return CsvReader(path, delimiter=delimiter, encoding=encoding)


@dataclass
class CsvReader(Reader):
    """A CSV file with a header; compressed if it ends in .gz or .bz2."""

    delimiter: str = ","
    encoding: str = "utf-8"

    def column_names(self) -> list[str]:
        try:
            with pa.input_stream(str(self.path)) as stream, io.TextIOWrapper(stream, self._header_encoding) as text:
                names = next(csv.reader(text, delimiter=self.delimiter), None)
        except FileNotFoundError:
            raise _missing(self.path) from None
        except (UnicodeError, LookupError):
            raise self._wrong_encoding() from None
        except (OSError, csv.Error) as error:
            raise _unreadable(self.path, error) from None
        if not names:
            raise RecoupError(f"The file {self.path} is empty: it must begin with a header that names its columns.")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RecoupError(f"The header of {self.path} names the column {twice[0]!r} twice: rename one of them.")
        return names

    def batches(self, columns: list[str]) -> Iterator[tuple[pa.Table, np.ndarray[Any, Any]]]:
        try:
            stream = arrow_csv.open_csv(
                str(self.path),
                # One thread: only then does the parser know the number of a malformed row.
                read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, encoding=self.encoding),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, ignore_empty_lines=False,
                    invalid_row_handler=self._note_malformed,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=columns, column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
                ),
            )  # fmt: skip
            following = 2
            for batch in stream:
                numbers = self._numbers(following, batch.num_rows)
                following = int(numbers[-1]) + 1 if len(numbers) else following
                yield _without_blank_rows(_nulls_for_empty(pa.table(batch)), numbers)
        except UnicodeError:
            raise self._wrong_encoding() from None
        except (pa.ArrowInvalid, OSError) as error:
            if "UTF8" in str(error) or "UTF-8" in str(error):
                raise self._wrong_encoding() from None
            if "Empty CSV file" in str(error):
                return
            raise _unreadable(self.path, error) from None

    @property
    def _header_encoding(self) -> str:
        return "utf-8-sig" if self.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else self.encoding

    def _note_malformed(self, row: arrow_csv.InvalidRow) -> str:
        self.malformed.append(MalformedRow(row.number, row.actual_columns, row.expected_columns))
        return "skip"

    def _numbers(self, first: int, count: int) -> np.ndarray[Any, Any]:
        """Numbers of the next `count` well-formed rows from `first` on; the parser has run ahead of them."""
        malformed = [row.number for row in self.malformed]
        start = bisect_left(malformed, first)
        skipped = np.asarray(malformed[start:], dtype=np.int64)
        candidates = np.arange(first, first + count + len(skipped), dtype=np.int64)
        return candidates[~np.isin(candidates, skipped)][:count]

    def _wrong_encoding(self) -> RecoupError:
        """Find the first row that is not in the declared encoding; only ever called for a file that is refused."""
        number = 0
        try:
            with pa.input_stream(str(self.path)) as stream:
                for line in io.BufferedReader(stream):
                    number += 1
                    line.decode(self._header_encoding)
        except UnicodeError:
            place = f" row {number}"
        except LookupError:
            return RecoupError(f"{self.encoding!r} is no encoding: correct `encoding` of {self.path} in company.yml.")
        else:
            place = ""
        return RecoupError(
            f"{self.path}{place} is not {self.encoding}: save the file as UTF-8, or set `encoding` in company.yml to "
            "what it is (latin-1, cp1252, utf-16 …)."
        )


@dataclass
class ParquetReader(Reader):
    """A Parquet file; every type becomes its ISO text."""

    def column_names(self) -> list[str]:
        return list(self._open().schema_arrow.names)

    def batches(self, columns: list[str]) -> Iterator[tuple[pa.Table, np.ndarray[Any, Any]]]:
        following = 1
        try:
            for batch in self._open().iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                texts = {name: _as_text(batch.column(name)) for name in columns}
                numbers = np.arange(following, following + batch.num_rows, dtype=np.int64)
                following += batch.num_rows
                yield _without_blank_rows(_nulls_for_empty(pa.table(texts)), numbers)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise _unreadable(self.path, error) from None

    def _open(self) -> parquet.ParquetFile:
        try:
            return parquet.ParquetFile(self.path)
        except FileNotFoundError:
            raise _missing(self.path) from None
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(self.path, error) from None


def _as_text(array: pa.Array) -> pa.Array:
    """A column as text; a list becomes a Postgres array literal."""
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        return pc.cast(array, pa.string())
    escaped = pc.replace_substring_regex(pc.cast(array.flatten(), pa.string()), r'([\\"])', r"\\\1")
    quoted = pc.binary_join_element_wise('"', escaped, '"', "")
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), quoted), ",")
    literal = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.is_valid(array), literal, pa.scalar(None, pa.string()))


def _nulls_for_empty(table: pa.Table) -> pa.Table:
    """Trim every cell; what is empty then is null."""
    columns = {}
    for name in table.column_names:
        trimmed = pc.utf8_trim_whitespace(table[name])
        columns[name] = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    return pa.table(columns)


def _without_blank_rows(table: pa.Table, numbers: np.ndarray[Any, Any]) -> tuple[pa.Table, np.ndarray[Any, Any]]:
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        blank &= pc.is_null(column).to_numpy()
    return (table, numbers) if not blank.any() else (table.filter(pa.array(~blank)), numbers[~blank])


def _missing(path: Path) -> RecoupError:
    return RecoupError(f"There is no file {path}: bring it there, or correct `directory` or `file` in company.yml.")


def _unreadable(path: Path, error: Exception) -> RecoupError:
    said = " ".join(str(error).split()).rstrip(".")
    return RecoupError(f"The file {path} cannot be read ({said}): save it again as CSV or Parquet.")
