"""Genesys Cloud: a CSV contact list an hour, sorted by the numeric column `priority`, lowest first."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from recoup.handover import text
from recoup.handover.files import Parts
from recoup.handover.formats import Format, Piece
from recoup.handover.limits import Checks

MOST_ROWS, MOST_COLUMNS, LONGEST_HEADER, LONGEST_CELL = 1_000_000, 50, 128, 512
_NAMES = ("first_name", "last_name")


class Genesys(Format):
    """A contact list with `phone` as its only phone column and `callable_time_zone` as callableTimeColumn."""

    title = "Genesys Cloud"
    columns = (
        "seq", "list_key", "account_id", "address", "full_name", "time_zone_set", "assigned_slot_start_utc",
        "window_end_utc", "attempts_remaining", "past_due_amount", "currency", "days_past_due", "script_code", "queue",
        "reason_codes", "row_hash",
    )  # fmt: skip

    def handed_over(self) -> list[str]:
        return [
            "list_key", "account_id", "phone", *(_NAMES if self.with_names else ()),
            *(("callable_time_zone",) if self.target.zones == "column" else ()),
            "priority", "not_before_utc", "not_after_utc", "attempts_remaining", "past_due_amount", "currency",
            "days_past_due", "script_code", "queue", "reasons", "row_hash",
        ]  # fmt: skip

    def parts(self, directory: Path, stem: str) -> Parts:
        header = self.handed_over()
        assert len(header) <= MOST_COLUMNS
        assert max(map(len, header)) <= LONGEST_HEADER
        return Parts(directory, stem, ".csv", header=text.header(header), most_rows=MOST_ROWS)

    def lines(self, piece: Piece) -> Any:
        rows = piece.rows
        checks = Checks(self.title, rows)
        checks.numbers("phone", rows["address"])
        for key in ("list_key", "account_id"):
            checks.present(key, rows[key])
            checks.one_line(key, rows[key])
        before, after = text.halves(text.cleaned_name(rows["full_name"]))
        values: dict[str, Any] = {
            "list_key": rows["list_key"],
            "account_id": text.guarded(rows["account_id"]),
            "phone": rows["address"],
            "first_name": text.guarded(before),
            "last_name": text.guarded(after),
            "priority": rows["seq"].cast(pa.string()),
            "not_before_utc": text.instants(rows["assigned_slot_start_utc"]),
            "not_after_utc": text.instants(rows["window_end_utc"]),
            "attempts_remaining": rows["attempts_remaining"].cast(pa.string()),
            "past_due_amount": rows["past_due_amount"],
            "currency": rows["currency"],
            "days_past_due": rows["days_past_due"].cast(pa.string()),
            "script_code": text.guarded(rows["script_code"]),
            "queue": text.guarded(rows["queue"]),
            "reasons": text.guarded(text.spoken(rows["reason_codes"])),
            "row_hash": rows["row_hash"],
        }
        if self.target.zones == "column":
            assert piece.slot is not None
            values["callable_time_zone"] = earliest_night(rows["time_zone_set"], piece.slot)
            checks.present("callable_time_zone", values["callable_time_zone"])
        cells = []
        for column in self.handed_over():
            checks.at_most(column, values[column], LONGEST_CELL)
            cells.append(text.cells(values[column]))
        return text.lines(cells, ",", "\r\n")


def earliest_night(zone_sets: Any, at: datetime) -> Any:
    """Of each set of zones, the one in which the evening comes first.

    The dialer takes a single zone. The planned hour is inside every zone's hours already; a contact that is still open
    later must stop when the first of the zones closes.

    Args:
        zone_sets: Array of JSON arrays of IANA names.
        at: When the offsets count.
    """
    encoded = zone_sets.dictionary_encode()
    chosen = [_easternmost(zones, at) for zones in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(chosen, pa.string()), encoded.indices)


def _easternmost(zones_json: str, at: datetime) -> str | None:
    zones = sorted(json.loads(zones_json))
    return max(zones, key=lambda zone: at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(), default=None)
