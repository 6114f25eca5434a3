"""VICIdial: the standard loader's 25 fields, one list an hour, order by rank.

VICIdial knows no window per lead, so each planned hour is a list of its own: activate it at its hour and deactivate it
at the next. The loader checks nothing and cannot quote, so every limit is checked here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recoup.handover import text
from recoup.handover.files import Parts
from recoup.handover.formats import Format, Piece
from recoup.handover.limits import Checks

FIELDS: tuple[str, ...] = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "title", "first_name", "middle_initial",
    "last_name", "address1", "address2", "address3", "city", "state", "province", "postal_code", "country_code",
    "gender", "date_of_birth", "alt_phone", "email", "security_phrase", "comments", "rank", "owner",
)  # fmt: skip
"""The standard layout, in its order."""

LIMITS: dict[str, int] = {
    "vendor_lead_code": 20, "source_id": 50, "phone_code": 10, "phone_number": 18, "first_name": 30, "last_name": 30,
    "security_phrase": 100, "comments": 255, "owner": 20,
}  # fmt: skip
"""Longest text of each field that we fill, in characters."""

MOST_BYTES = 8_000_000
HIGHEST_RANK, RANKS = 32_767, 65_536
_NAME_MEND = "shorten the name in its source, or hand over no names (handover.names)"


class Vicidial(Format):
    """The standard loader's file."""

    title = "VICIdial"
    columns = (
        "seq", "list_key", "account_id", "address", "full_name", "assigned_slot_start_utc", "past_due_amount",
        "currency", "script_code", "queue", "reason_codes", "row_hash",
    )  # fmt: skip

    @property
    def _delimiter(self) -> str:
        return "|" if self.target.delimiter == "pipe" else "\t"

    def parts(self, directory: Path, stem: str) -> Parts:
        return Parts(directory, stem, ".txt", most_bytes=MOST_BYTES)

    def handed_over(self) -> list[str]:
        return list(FIELDS)

    def about(self, slot: datetime) -> dict[str, Any]:
        return {"list_id": self.list_id(slot)}

    def list_id(self, slot: datetime) -> int:
        """The list of an hour: its UTC begin as YYMMDDHHMM and the list's version in two digits."""
        return int(f"{slot:%y%m%d%H%M}{self.edition.list_version:02d}")

    def lines(self, piece: Piece) -> Any:
        rows, delimiter = piece.rows, self._delimiter
        assert piece.slot is not None
        checks = Checks(self.title, rows)
        checks.numbers("phone_number", rows["address"])
        code, national = text.split_number(rows["address"])
        checks.known_country("phone_code", code)
        before, after = text.halves(text.cleaned_name(rows["full_name"], delimiter))
        rank = ranks(piece.first, rows.num_rows, piece.of)
        filled: dict[str, Any] = {
            "vendor_lead_code": rows["list_key"],
            "source_id": rows["account_id"],
            "list_id": pa.array([str(self.list_id(piece.slot))] * rows.num_rows),
            "phone_code": code,
            "phone_number": national,
            "first_name": before,
            "last_name": after,
            "gender": pa.array(["U"] * rows.num_rows),
            "security_phrase": rows["row_hash"],
            "comments": text.joined(
                rows["script_code"], "; ", text.spoken(rows["reason_codes"]), "; ", rows["past_due_amount"], " ",
                rows["currency"],
            ),
            "rank": pa.array(rank).cast(pa.string()),
            "owner": rows["queue"],
        }  # fmt: skip
        for field, limit in LIMITS.items():
            mend = {"mend": _NAME_MEND} if field in ("first_name", "last_name") else {}
            checks.at_most(field, filled[field], limit, **mend)
            checks.one_line(field, filled[field])
            checks.without(field, filled[field], delimiter)
        for field in ("vendor_lead_code", "source_id", "phone_number"):
            checks.present(field, filled[field])
        empty = pa.array([""] * rows.num_rows)
        return text.lines([text.bare_cells(filled.get(field, empty)) for field in FIELDS], delimiter, "\n")


def ranks(first: int, count: int, of: int) -> Any:
    """Ranks of consecutive rows of an hour, int64: higher is dialed first under lead order UP RANK.

    A smallint has 65,536 values. An hour with more rows shares them evenly in order, so that the rank never contradicts
    ours; rows of one rank follow each other in the file, and the order in which they are loaded decides.
    """
    position = np.arange(first, first + count, dtype=np.int64)
    return HIGHEST_RANK - (position if of <= RANKS else position * RANKS // of)
