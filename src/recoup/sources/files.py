"""Files as a source: CSV and Parquet in one directory, mapped to canonical entities by company.yml.

The whole of each file is read with every pull, since a file cannot say what changed; landing keeps what is new.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from recoup import entities as canonical
from recoup.company_sources import EntityMapping, FileSource
from recoup.entities import Entity
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.sources.adapter import (
    FAULT_COLUMN_END,
    FAULT_END,
    FAULTS,
    RECORDED_AT,
    ROW_REF,
    EntityStream,
    SourceAdapter,
    refuse_missing_columns,
)  # fmt: skip
from recoup.sources.currencies import EXPONENTS
from recoup.sources.file_distinct import one_row_a_key
from recoup.sources.file_mapping import mapped, selected, source_columns
from recoup.sources.file_readers import MalformedRow, Reader, reader

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_COPY_OPTIONS = arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid")


class FileAdapter(SourceAdapter):
    """Reads the files of one directory."""

    def __init__(self, name: str, source: FileSource, settings: Settings) -> None:
        """Find the directory.

        Raises:
            RecoupError: It does not exist, or an environment variable in its name is not set.
        """
        self.name = name
        self._source = source
        self._time_zone = settings.company.time_zone
        self._directory = _directory(source.directory, settings)

    def check(self) -> None:
        for name in self.entities():
            entity = canonical.entity(name)
            for mapping in self._source.mappings(name):
                refuse_missing_columns(
                    f"The mapping of {mapping.file}", entity, set(mapping.columns), ", ".join(sorted(mapping.columns))
                )
                _check_money(name, mapping)
                for path in self._paths(mapping):
                    self._check_header(self._reader(path, mapping), name, mapping)

    def entities(self) -> tuple[str, ...]:
        return tuple(entity.name for entity in canonical.ENTITIES if self._source.mappings(entity.name))

    def keeps_recorded_at(self, entity: Entity) -> bool:
        return all(RECORDED_AT in mapping.columns for mapping in self._source.mappings(entity.name))

    @contextmanager
    def open(self, entity: Entity, since: datetime | None, until: datetime) -> Iterator[EntityStream]:
        mappings = self._source.mappings(entity.name)
        delivered = {name for mapping in mappings for name in mapping.columns}
        if not self.keeps_recorded_at(entity):
            delivered.discard(RECORDED_AT)
        columns = (*sorted(delivered), ROW_REF, FAULTS)
        yield EntityStream(columns, self._chunks(entity, mappings, columns), "csv")

    def close(self) -> None:
        """Nothing stays open between pulls."""

    def _chunks(self, entity: Entity, mappings: tuple[EntityMapping, ...], columns: tuple[str, ...]) -> Iterator[bytes]:
        for mapping in mappings:
            for table in self._tables(entity, mapping):
                missing = [name for name in columns if name not in table.column_names]
                for name in missing:
                    table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
                sink = io.BytesIO()
                arrow_csv.write_csv(table.select(columns), sink, _COPY_OPTIONS)
                yield sink.getvalue()

    def _tables(self, entity: Entity, mapping: EntityMapping) -> Iterator[pa.Table]:
        """Canonical rows of one mapping, with ROW_REF and FAULTS; malformed rows last."""
        tables: list[pa.Table] = []
        for path in self._paths(mapping):
            file = self._reader(path, mapping)
            self._check_header(file, entity.name, mapping)
            needed = list(source_columns(mapping.columns, mapping.where))
            # A mapping of constants alone still needs the file's rows.
            for table, numbers in file.batches(needed or file.column_names()[:1]):
                rows = _canonical_rows(table, numbers, path, mapping, entity, self._time_zone)
                if mapping.distinct:
                    tables.append(rows)
                else:
                    yield rows
            if file.malformed:
                yield _malformed_rows(path, file.malformed)
        if tables:
            yield from one_row_a_key(pa.concat_tables(tables), entity, mapping)

    def _reader(self, path: Path, mapping: EntityMapping) -> Reader:
        return reader(path, delimiter=mapping.delimiter, encoding=mapping.encoding)

    def _paths(self, mapping: EntityMapping) -> list[Path]:
        if not any(sign in mapping.file for sign in "*?["):
            return [self._directory / mapping.file]
        found = sorted(self._directory.glob(mapping.file))
        if not found:
            raise RecoupError(f"No file in {self._directory} fits {mapping.file}: correct `file` in company.yml.")
        return found

    def _check_header(self, file: Reader, entity_name: str, mapping: EntityMapping) -> None:
        names = file.column_names()
        for column, needed_by in source_columns(mapping.columns, mapping.where).items():
            if column not in names:
                raise RecoupError(
                    f"{file.path} lacks the column {column!r}, which company.yml maps to {entity_name}.{needed_by}: "
                    f"correct the mapping or the file (it has: {', '.join(names)})."
                )


def _directory(directory: str, settings: Settings) -> Path:
    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise RecoupError(
                f"The environment variable {match[1]}, which {settings.company_file} takes the files' directory from, "
                "is not set: set it to that directory."
            )
        return found

    path = settings.company_file.parent / Path(_VARIABLE.sub(value, directory)).expanduser()
    if not path.is_dir():
        raise RecoupError(f"There is no directory {path}: correct `directory` in {settings.company_file}.")
    return path


def _check_money(entity_name: str, mapping: EntityMapping) -> None:
    for name, column in mapping.columns.items():
        if column.money == "row" and "currency" not in mapping.columns:
            raise RecoupError(
                f"{entity_name}.{name} of {mapping.file} is money of the row's currency, and no currency is mapped: "
                "name the currency instead (money: USD)."
            )
        if column.money not in (None, "row") and column.money not in EXPONENTS:
            raise RecoupError(
                f"{column.money!r}, the money of {entity_name}.{name} in company.yml, is no ISO 4217 currency code: "
                "correct it."
            )


def _canonical_rows(
    table: pa.Table, numbers: np.ndarray[Any, Any], path: Path, mapping: EntityMapping, entity: Entity, time_zone: str
) -> pa.Table:
    if mapping.where:
        mask = selected(table, mapping.where)
        numbers = numbers[mask.to_numpy(zero_copy_only=False)]
        table = table.filter(mask)
    rows, faults = mapped(table, mapping.columns, entity, time_zone)
    row_ref = pc.binary_join_element_wise(f"{path.name}:", pc.cast(pa.array(numbers), pa.string()), "")
    return rows.append_column(ROW_REF, row_ref).append_column(FAULTS, faults.column(len(numbers)))


def _malformed_rows(path: Path, malformed: list[MalformedRow]) -> pa.Table:
    """Rows without columns: only where they stand, and what is wrong with them."""
    return pa.table({
        ROW_REF: pa.array([f"{path.name}:{row.number}" for row in malformed], pa.string()),
        FAULTS: pa.array(
            [f"{FAULT_COLUMN_END}has {row.fields} fields instead of {row.expected}{FAULT_END}" for row in malformed],
            pa.string(),
        ),
    })  # fmt: skip
