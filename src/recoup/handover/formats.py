"""What every export format says of itself, and which formats there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from recoup.company_handover import FormatName, Target
from recoup.handover.files import Parts
from recoup.handover.source import Edition

_MODULES: dict[FormatName, str] = {
    "vicidial": "vicidial:Vicidial",
    "genesys": "genesys:Genesys",
    "five9": "five9:Five9",
    "amazon_connect": "amazon_connect:AmazonConnect",
    "generic_csv": "generic:GenericCsv",
    "generic_parquet": "generic:GenericParquet",
}
FORMATS: tuple[FormatName, ...] = tuple(_MODULES)
"""The formats that a list can be handed over in."""

VOICE: tuple[str, ...] = ("voice",)
"""What a dialer dials; rows of other channels go out in the generic formats."""


@dataclass(frozen=True)
class Piece:
    """Rows of one planned hour, in order, out of a batch.

    Attributes:
        rows: RecordBatch of the format's columns.
        slot: Begin of the planned hour, UTC; None where the format knows a window per row.
        first: Position of the first row among those of its hour (or of the export), 0-based.
        of: How many rows the hour has in all.
    """

    rows: Any
    slot: datetime | None
    first: int
    of: int


class Format(ABC):
    """One way to write a list.

    Attributes:
        title: The dialer, as messages name it.
        columns: Canonical columns that it needs; `seq` and `account_id` are always among them.
        channels: Which rows it takes; None = all.
        by_slot: One file an hour, for the dialer knows no window per row.
        as_text: Lists as JSON text.
    """

    title: str
    columns: tuple[str, ...]
    channels: tuple[str, ...] | None = VOICE
    by_slot: bool = True
    as_text: bool = True

    def __init__(self, target: Target, edition: Edition, *, with_names: bool) -> None:
        self.target, self.edition, self.with_names = target, edition, with_names

    @abstractmethod
    def parts(self, directory: Path, stem: str) -> Parts:
        """The writer of its files, with its limits."""

    @abstractmethod
    def lines(self, piece: Piece) -> Any:
        """What `Parts.write` takes for the rows.

        Raises:
            RecoupError: A row breaks a limit; names row and column.
        """

    @abstractmethod
    def handed_over(self) -> list[str]:
        """The columns of its files, in order."""

    def about(self, slot: datetime) -> dict[str, Any]:
        """What the manifest adds to a file of that hour."""
        return {}


def format_for(target: Target, edition: Edition, *, with_names: bool) -> Format:
    """The format that a target asks for."""
    module, _, name = _MODULES[target.format].partition(":")
    made: Format = getattr(import_module(f"recoup.handover.{module}"), name)(target, edition, with_names=with_names)
    return made
