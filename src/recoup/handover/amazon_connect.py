"""Amazon Connect outbound campaigns v2: bodies of PutOutboundRequestBatch, at most 25 requests each.

A JSON Lines file an hour: each line is the body of one call, to be sent from the hour's begin on. The service knows no
priority, so the order of the lines is the order; a request that is not dialed by the end of its allowed window expires.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recoup.handover import text
from recoup.handover.files import Parts
from recoup.handover.formats import Format, Piece
from recoup.handover.limits import Checks

MOST_REQUESTS = 25
LONGEST_TOKEN, LONGEST_NUMBER = 200, 20
_ATTRIBUTES = ("list_key", "account_id", "script_code", "queue", "past_due_amount", "currency", "row_hash")


class AmazonConnect(Format):
    """Request bodies, one a line."""

    title = "Amazon Connect"
    columns = (
        "seq", "list_key", "account_id", "address", "full_name", "assigned_slot_start_utc", "window_end_utc",
        "past_due_amount", "currency", "script_code", "queue", "reason_codes", "row_hash",
    )  # fmt: skip

    def handed_over(self) -> list[str]:
        return ["clientToken", "expirationTime", "destinationPhoneNumber", *self._attributes()]

    def parts(self, directory: Path, stem: str) -> Parts:
        return Parts(directory, stem, ".jsonl", footer=b"]}\n")

    def lines(self, piece: Piece) -> Any:
        rows = piece.rows
        checks = Checks(self.title, rows)
        checks.numbers("destinationPhoneNumber", rows["address"])
        checks.at_most("destinationPhoneNumber", rows["address"], LONGEST_NUMBER)
        checks.present("account_id", rows["account_id"])
        short_hash = pc.utf8_slice_codeunits(rows["row_hash"], 0, 16)
        token = text.joined(f"{self.target.name}-", rows["list_key"], "-", short_hash)
        checks.at_most("clientToken", token, LONGEST_TOKEN)
        values = {column: rows[column] for column in _ATTRIBUTES} | {
            "reasons": text.spoken(rows["reason_codes"]),
            "name": text.cleaned_name(rows["full_name"]),
            "not_before_utc": text.instants(rows["assigned_slot_start_utc"]),
        }
        attributes = text.json_objects({name: text.json_strings(values[name]) for name in self._attributes()})
        telephony = text.json_objects(
            {"destinationPhoneNumber": text.json_strings(rows["address"]), "attributes": attributes}
        )
        request = text.json_objects(
            {
                "clientToken": text.json_strings(token),
                "expirationTime": text.json_strings(text.instants(rows["window_end_utc"])),
                "channelSubtypeParameters": text.json_objects({"telephony": telephony}),
            }
        )
        return text.joined(self._openings(piece), request).cast(pa.large_string())

    def _attributes(self) -> list[str]:
        return [*_ATTRIBUTES, "reasons", "not_before_utc", *(("name",) if self.with_names else ())]

    @staticmethod
    def _openings(piece: Piece) -> Any:
        """What stands before each request: the begin of a body before every 25th, which also ends the one before."""
        position = np.arange(piece.first, piece.first + piece.rows.num_rows)
        begins = position % MOST_REQUESTS == 0
        opening = np.where(begins, ']}\n{"outboundRequests":[', ",").astype(object)
        opening[position == 0] = '{"outboundRequests":['
        return pa.array(opening, pa.string())
