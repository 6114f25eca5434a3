"""One export: the newest list in one format into a directory, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from recoup.company_handover import Target
from recoup.errors import RecoupError
from recoup.handover.files import Part, checksum, parts_as_json
from recoup.handover.formats import Format, Piece, format_for
from recoup.handover.source import Edition, batches, edition_of, slot_counts
from recoup.settings import Settings


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        rows: Rows handed over; fewer than the list has where it holds other channels, or people erased since.
        files: In the order in which they are delivered.
    """

    directory: Path
    stem: str
    edition: Edition
    rows: int
    files: tuple[Part, ...]

    @property
    def closing_files(self) -> tuple[str, ...]:
        """What is delivered after the rows: checksums, and the manifest that says everything is there."""
        return (f"{self.stem}.sha256", f"{self.stem}.manifest.json")


def export_list(target: Target, list_date: date, directory: Path, settings: Settings) -> Export:
    """Write the newest list for `target` into `directory`: the same list gives the same bytes.

    Every row is checked before any file has its name, so a refused list leaves what was there before.

    Raises:
        RecoupError: No list of `list_date` is the newest, a row breaks a limit of the dialer (names row and column), or
            the directory cannot be written.
    """
    edition = edition_of(list_date, settings)
    with_names = settings.company.handover.names
    format_ = format_for(target, edition, with_names=with_names)
    counts = slot_counts(edition, format_.channels, settings)
    stem = stem_of(target, edition, settings)
    try:
        with (
            format_.parts(directory, stem) as parts,
            batches(
                format_.columns, edition, settings,
                with_names=with_names, channels=format_.channels, by_slot=format_.by_slot, as_text=format_.as_text,
            ) as rows,
        ):  # fmt: skip
            for piece in _pieces(rows, counts, by_slot=format_.by_slot):
                parts.write(format_.lines(piece), piece.slot)
            parts.show(lambda files: _manifest(format_, target, edition, files, settings))
    except OSError as error:
        raise RecoupError(f"The export cannot be written to {directory}: {error.strerror or error}.") from error
    found = read_export(target, edition, directory, settings)
    assert found is not None
    return found


def read_export(target: Target, edition: Edition, directory: Path, settings: Settings) -> Export | None:
    """The export that lies in `directory` already, if every file of its manifest is there and unchanged."""
    stem = stem_of(target, edition, settings)
    try:
        manifest = json.loads((directory / f"{stem}.manifest.json").read_text(encoding="utf-8"))
        files = tuple(
            Part(file["name"], file["rows"], file["bytes"], file["sha256"], file.get("slot_start_utc"))
            for file in manifest["files"]
        )
        if manifest["list_sha256"] != edition.sha256:
            return None
        if any(checksum(directory / file.name) != file.sha256 for file in files):
            return None
    except (OSError, ValueError, KeyError):
        return None
    return Export(directory, stem, edition, manifest["rows"], files)


def stem_of(target: Target, edition: Edition, settings: Settings) -> str:
    """What the names of an export's files begin with: company, target, list date and version."""
    return f"{settings.company.company}_{target.name}_{edition.list_date}_v{edition.list_version}"


def _pieces(rows: Iterator[Any], counts: dict[datetime, int], *, by_slot: bool) -> Iterator[Piece]:
    """Cut the batches where the planned hour changes, and count positions on."""
    total, position, current = sum(counts.values()), 0, None
    for batch in rows:
        if not by_slot:
            yield Piece(batch, None, position, total)
            position += batch.num_rows
            continue
        starts = batch["assigned_slot_start_utc"]
        codes = starts.cast("int64").to_numpy(zero_copy_only=False)
        cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), batch.num_rows]
        for begin, end in pairwise(cuts):
            slot = starts[begin].as_py()
            if slot != current:
                current, position = slot, 0
            yield Piece(batch.slice(begin, end - begin), slot, position, counts.get(slot, end - begin))
            position += end - begin


def _manifest(
    format_: Format, target: Target, edition: Edition, files: list[Part], settings: Settings
) -> dict[str, Any]:
    described = []
    for part, file in zip(files, parts_as_json(files), strict=True):
        slot = datetime.fromisoformat(part.slot_start_utc) if part.slot_start_utc else None
        described.append(file | (format_.about(slot) if slot else {}))
    return {
        "company": settings.company.company,
        "target": target.name,
        "format": target.format,
        "list_date": edition.list_date.isoformat(),
        "as_of_date": edition.as_of_date.isoformat(),
        "list_version": edition.list_version,
        "list_sha256": edition.sha256,
        "list_rows": edition.rows,
        "rule_version": edition.rule_version,
        "model_version": edition.model_version,
        "knowledge_cutoff": edition.knowledge_cutoff.isoformat(),
        "columns": format_.handed_over(),
        "rows": sum(part.rows for part in files),
        "files": described,
    }
