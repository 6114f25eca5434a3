"""Five9: a CSV keyed by `number1`, with the planned hour as time to call (UTC), in requests of at most 100 records.

Without the time-to-call column Five9 takes files of any length, and then it is one file an hour. Map every column when
the list is imported: with FailOnFieldParseError on, an unknown one fails the import.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recoup.company_handover import Target
from recoup.handover import text
from recoup.handover.files import Parts
from recoup.handover.formats import Format, Piece
from recoup.handover.limits import Checks
from recoup.handover.source import Edition

MOST_RECORDS_WITH_TIME = 100
_NAMES = ("first_name", "last_name")


class Five9(Format):
    """A list import; contact priority is `priority`, lowest first."""

    title = "Five9"
    columns = (
        "seq", "list_key", "account_id", "address", "full_name", "assigned_slot_start_utc", "window_end_utc",
        "past_due_amount", "currency", "script_code", "queue", "reason_codes", "row_hash",
    )  # fmt: skip

    def __init__(self, target: Target, edition: Edition, *, with_names: bool) -> None:
        super().__init__(target, edition, with_names=with_names)
        self.by_slot = not target.time_to_call

    def handed_over(self) -> list[str]:
        return [
            "number1", "list_key", "account_id", *(_NAMES if self.with_names else ()),
            *(("time_to_call",) if self.target.time_to_call else ()),
            "not_after_utc", "priority", "past_due_amount", "currency", "script_code", "queue", "reasons", "row_hash",
        ]  # fmt: skip

    def parts(self, directory: Path, stem: str) -> Parts:
        most = MOST_RECORDS_WITH_TIME if self.target.time_to_call else None
        return Parts(directory, stem, ".csv", header=text.header(self.handed_over()), most_rows=most)

    def lines(self, piece: Piece) -> Any:
        rows = piece.rows
        checks = Checks(self.title, rows)
        checks.numbers("number1", rows["address"])
        for key in ("list_key", "account_id"):
            checks.present(key, rows[key])
            checks.one_line(key, rows[key])
        before, after = text.halves(text.cleaned_name(rows["full_name"]))
        values: dict[str, Any] = {
            "number1": five9_number(rows["address"]),
            "list_key": rows["list_key"],
            "account_id": text.guarded(rows["account_id"]),
            "first_name": text.guarded(before),
            "last_name": text.guarded(after),
            "time_to_call": text.instants(rows["assigned_slot_start_utc"]),
            "not_after_utc": text.instants(rows["window_end_utc"]),
            "priority": rows["seq"].cast(pa.string()),
            "past_due_amount": rows["past_due_amount"],
            "currency": rows["currency"],
            "script_code": text.guarded(rows["script_code"]),
            "queue": text.guarded(rows["queue"]),
            "reasons": text.guarded(text.spoken(rows["reason_codes"])),
            "row_hash": rows["row_hash"],
        }
        return text.lines([text.cells(values[column]) for column in self.handed_over()], ",", "\r\n")


def five9_number(numbers: Any) -> Any:
    """Ten digits for North America, E.164 for every other country."""
    return pc.replace_substring_regex(numbers, r"^\+1([0-9]{10})$", r"\1")
