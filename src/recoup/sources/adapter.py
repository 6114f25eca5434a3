"""The one interface behind which every source system stands.

An adapter turns a system into canonical rows as text, in the format of Postgres' COPY; landing validates, types and
versions them. It neither judges nor keeps anything: where to begin is landing's cursor, and what cannot be read goes
along with its reason in the `faults` column. `tests/integration/sources/test_source_contract.py` is what a new adapter
must pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Literal, Self

from recoup.day import Day
from recoup.entities import Entity
from recoup.errors import RecoupError

RECORDED_AT = "source_recorded_at"
"""Name of the delivered column that says when the source learned a row."""

ROW_REF = "row_ref"
"""Name of the delivered column that says where a row stands ("invoices.csv:17"); absent = the row's key says it."""

FAULTS = "faults"
"""Name of the delivered column with what the adapter could not read; see `FAULT_END` and `FAULT_COLUMN_END`."""

FAULT_END = "\x1e"
FAULT_COLUMN_END = "\x1f"
"""`faults` holds column, FAULT_COLUMN_END, reason, FAULT_END, for each fault; the column is empty for a whole row."""


@dataclass(frozen=True)
class EntityStream:
    """The rows of one entity, ready for `COPY … FROM STDIN`.

    Attributes:
        columns: Delivered columns in the order of the stream: canonical ones, RECORDED_AT, ROW_REF, FAULTS.
        chunks: COPY data in UTF-8; a chunk need not end where a row ends.
        copy_format: "text", or "csv" without a header, every non-null value quoted.
    """

    columns: tuple[str, ...]
    chunks: Iterator[bytes]
    copy_format: Literal["text", "csv"]


class SourceAdapter(ABC):
    """A source system. Use it in a `with` block; everything it opened closes at the end."""

    name: str
    """Name of the source in company.yml, for messages."""

    @abstractmethod
    def check(self) -> None:
        """See that the source can be read and has every required column of what it delivers.

        Raises:
            RecoupError: It is not ready; one sentence with what, where and the mend.
        """

    @abstractmethod
    def entities(self) -> tuple[str, ...]:
        """Names of the canonical entities that the source delivers, in landing order."""

    @abstractmethod
    def keeps_recorded_at(self, entity: Entity) -> bool:
        """True if the source says when it learned a row of `entity`, so that its own versions can be told apart."""

    @abstractmethod
    def open(self, entity: Entity, since: datetime | None, until: datetime) -> AbstractContextManager[EntityStream]:
        """Open the rows of `entity` that the source recorded in [since, until], both inclusive.

        A source that cannot select by time delivers all it has; landing holds what it has already.

        Args:
            since: None = from the beginning.

        Raises:
            RecoupError: The entity cannot be read.
        """

    def upper_bound(self, day: Day) -> datetime:
        """The last instant, inclusive, that a pull of `day` takes; fixed when the batch begins."""
        return day.recorded_at

    @abstractmethod
    def close(self) -> None:
        """Let go of connections and files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self.close()


def refuse_missing_columns(place: str, entity: Entity, delivered: set[str], known: str) -> None:
    """Refuse a source of `entity` that lacks a required column.

    Args:
        place: What lacks it, e.g. "The table billing.public.payments".
        delivered: Canonical columns that the source has.
        known: What the source has instead, for the message.

    Raises:
        RecoupError: Names every missing column and how to supply it.
    """
    missing = [column.name for column in entity.columns if column.required and column.name not in delivered]
    if missing:
        noun, pronoun = ("column", "it") if len(missing) == 1 else ("columns", "them")
        raise RecoupError(
            f"{place} lacks the {noun} {', '.join(missing)} of {entity.name}: add {pronoun} to the source, or map "
            f"{pronoun} in company.yml (found: {known})."
        )
