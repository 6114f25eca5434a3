"""The files of one export: written beside their names, checked, and shown all at once with manifest and checksums."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recoup.errors import RecoupError

_PARTIAL = ".partial"
_READ = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One file of an export.

    Attributes:
        slot_start_utc: The planned hour that its rows belong to, ISO 8601; None = the file holds all hours.
    """

    name: str
    rows: int
    bytes: int
    sha256: str
    slot_start_utc: str | None = None


class Parts:
    """Writes the rows of an export into as many files as the limits ask for, one at a time.

    A file ends when its hour does, or when one more row would exceed a limit. Nothing has its name before `show`:
    until then every file is a hidden partial, and leaving the `with` block without `show` deletes them.

    Args:
        header, footer: Written at the begin and the end of every file.
        most_bytes, most_rows: Limits of one file, header and footer included.
    """

    def __init__(
        self, directory: Path, stem: str, suffix: str, *, header: bytes = b"", footer: bytes = b"",
        most_bytes: int | None = None, most_rows: int | None = None,
    ) -> None:  # fmt: skip
        self._directory, self._stem, self._suffix = directory, stem, suffix
        self._header, self._footer = header, footer
        self._most_bytes, self._most_rows = most_bytes, most_rows
        self._done: list[Part] = []
        self._file: IO[bytes] | None = None
        self._slot: datetime | None = None
        self._in_slot = 0

    def __enter__(self) -> Parts:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._forget(f".{self._stem}_*{_PARTIAL}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._forget(f".{self._stem}_*{_PARTIAL}")

    def write(self, lines: Any, slot: datetime | None) -> None:
        """Append rows.

        Args:
            lines: large_string Array, one whole row each, line ending included.
            slot: The hour they belong to; another one than before begins a new file.

        Raises:
            RecoupError: One row alone is larger than a file may be, or the disk is full.
        """
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)[lines.offset : lines.offset + len(lines) + 1]
        data = memoryview(lines.buffers()[2])
        if slot != self._slot:
            self._close()
            self._slot, self._in_slot = slot, 0
        begin = 0
        while begin < len(lines):
            if self._file is None:
                self._open()
            end = self._fitting(offsets, begin)
            if end == begin:
                if not self._rows:
                    raise RecoupError(
                        f"One row of {self._stem} is larger than the {self._most_bytes:,} bytes that a file may have: "
                        "shorten its texts in their source."
                    )
                self._close()
                continue
            self._append(data[offsets[begin] : offsets[end]], end - begin)
            begin = end

    def show(self, manifest: Callable[[list[Part]], dict[str, Any]]) -> Path:
        """Give every file its name, the manifest last; older files of the same stem go. Returns the manifest's path."""
        self._close()
        self._forget(f"{self._stem}.manifest.json")
        named = {part.name for part in self._done}
        for old in self._directory.glob(f"{self._stem}_*"):
            if old.name not in named and not old.name.startswith("."):
                old.unlink()
        for part in self._done:
            os.replace(self._partial(part.name), self._directory / part.name)
        sums = "".join(f"{part.sha256}  {part.name}\n" for part in self._done)
        write_whole(self._directory / f"{self._stem}.sha256", sums.encode())
        path = self._directory / f"{self._stem}.manifest.json"
        text = json.dumps(manifest(self._done), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        write_whole(path, text.encode())
        return path

    def _fitting(self, offsets: Any, begin: int) -> int:
        """The first row after `begin` that no longer fits into the open file."""
        end = len(offsets) - 1
        if self._most_rows is not None:
            end = min(end, begin + self._most_rows - self._rows)
        if self._most_bytes is not None:
            room = self._most_bytes - self._bytes - len(self._footer)
            end = min(end, int(np.searchsorted(offsets, offsets[begin] + room, side="right")) - 1)
        return max(end, begin)

    def _open(self) -> None:
        self._in_slot += 1
        slot = f"_{self._slot:%Y%m%dT%H%MZ}" if self._slot else ""
        self._name = f"{self._stem}{slot}_{self._in_slot:05d}{self._suffix}"
        self._rows = self._bytes = 0
        self._hash = hashlib.sha256()
        self._file = _opened(self._partial(self._name))
        self._append(self._header, 0)

    def _append(self, data: Any, rows: int) -> None:
        assert self._file is not None
        self._file.write(data)
        self._hash.update(data)
        self._bytes += len(data)
        self._rows += rows

    def _close(self) -> None:
        if self._file is None:
            return
        self._append(self._footer, 0)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        slot = f"{self._slot:%Y-%m-%dT%H:%M:%SZ}" if self._slot else None
        self._done.append(Part(self._name, self._rows, self._bytes, self._hash.hexdigest(), slot))

    def _partial(self, name: str) -> Path:
        return self._directory / f".{name}{_PARTIAL}"

    def _forget(self, pattern: str) -> None:
        for path in self._directory.glob(pattern):
            path.unlink()


class ParquetParts(Parts):
    """The same for a Parquet file: takes RecordBatches."""

    def __init__(self, directory: Path, stem: str, suffix: str, schema: Any) -> None:
        super().__init__(directory, stem, suffix)
        self._schema = schema
        self._parquet: Any = None

    def write(self, lines: Any, slot: datetime | None) -> None:
        """Append a RecordBatch of the schema."""
        if self._file is None:
            self._open()
            self._parquet = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._parquet.write_batch(lines)
        self._rows += lines.num_rows

    def show(self, manifest: Callable[[list[Part]], dict[str, Any]]) -> Path:
        if self._file is None and not self._done:
            # A day with nobody to contact: the file is there, with its columns and no row.
            nothing = [pa.array([], field.type) for field in self._schema]
            self.write(pa.RecordBatch.from_arrays(nothing, schema=self._schema), None)
        return super().show(manifest)

    def _close(self) -> None:
        if self._file is None:
            return
        self._parquet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        path = self._partial(self._name)
        self._done.append(Part(self._name, self._rows, path.stat().st_size, checksum(path)))


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that its name shows all of it or nothing."""
    partial = path.with_name(f".{path.name}{_PARTIAL}")
    with _opened(partial) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            found.update(piece)
    return found.hexdigest()


def parts_as_json(parts: list[Part]) -> list[dict[str, Any]]:
    """The files as a manifest names them; what is unknown is left out."""
    return [{name: value for name, value in asdict(part).items() if value is not None} for part in parts]


def _opened(path: Path) -> IO[bytes]:
    # Numbers and names are in it: for its owner alone.
    return os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
