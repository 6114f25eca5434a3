"""A batch of suppressions as each dialer takes it, and its delivery."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from recoup.company_handover import Target
from recoup.day import Day
from recoup.handover import suppressions, text
from recoup.handover.delivery import Parcel, deliver, one_sender, was_delivered
from recoup.handover.export import stem_of
from recoup.handover.files import write_whole
from recoup.handover.five9 import five9_number
from recoup.handover.formats import VOICE, format_for
from recoup.handover.source import Edition, newest_edition
from recoup.handover.stages import CarrierFor
from recoup.handover.vicidial import Vicidial
from recoup.settings import Settings

VICIDIAL_STATUS = "RECSUP"
"""Status that the lead gets: at most six characters, to be made in VICIdial and left out of the dial statuses."""


def deliver_suppressions(target: Target, carrier_for: CarrierFor, day: Day, settings: Settings) -> dict[str, int]:
    """Tell one target who of its newest delivered list must not be called any more; only what is new.

    Who is found is kept first and sent then, batch by batch: a run that dies in between is made up for by the next,
    with the same file.

    Returns:
        new accounts, files sent. Both 0 where the newest list never reached the target.
    """
    edition = newest_edition(settings)
    if edition is None or not _has_list(target, edition, settings):
        return {"new": 0, "files": 0}
    files = 0
    with one_sender(target, settings) as connection:
        found = suppressions.newly_suppressed(target, edition, day.recorded_at, settings)
        suppressions.keep(connection, target, edition, found, day.recorded_at)
        for batch in suppressions.batches_of(target, edition, settings):
            name = f"{stem_of(target, edition, settings)}_suppress_{batch:05d}{_suffix(target)}"
            if was_delivered(target, edition, name, settings):
                continue
            rows = suppressions.rows_of(target, edition, batch, settings)
            with tempfile.TemporaryDirectory(prefix="recoup-suppress-") as directory:
                path = Path(directory) / name
                write_whole(path, content(target, edition, rows))
                deliver(
                    [Parcel(path, "suppressions", len(rows))], target, carrier_for(target, settings), connection,
                    list_date=edition.list_date, list_version=edition.list_version, recorded_at=day.recorded_at,
                )  # fmt: skip
            files += 1
    return {"new": len(found), "files": files}


def content(target: Target, edition: Edition, rows: list[dict[str, Any]]) -> bytes:
    """The file of a batch in the target's format; a dialer gets the rows of the channel that it dials."""
    if not target.format.startswith("generic"):
        rows = [row for row in rows if row["channel"] in VOICE]
    match target.format:
        case "vicidial":
            format_ = format_for(target, edition, with_names=False)
            assert isinstance(format_, Vicidial)
            return _csv(
                ("vendor_lead_code", "list_id", "search_method", "status", "comments"),
                [
                    (row["list_key"], str(format_.list_id(row["assigned_slot_start_utc"])), "VENDOR_LEAD_CODE",
                     VICIDIAL_STATUS, row["reason"])
                    for row in rows
                ],
            )  # fmt: skip
        case "genesys":
            return _csv(
                ("list_key", "phone", "callable", "reason"),
                [(row["list_key"], row["address"], "0", row["reason"]) for row in rows],
            )
        case "five9":
            numbers = five9_number(pa.array([row["address"] for row in rows], pa.string())).to_pylist()
            return _csv(
                ("number1", "list_key", "reason"),
                [(number, row["list_key"], row["reason"]) for number, row in zip(numbers, rows, strict=True)],
            )
        case "amazon_connect":
            lines = [
                json.dumps(
                    {
                        "clientToken": f"{target.name}-{row['list_key']}-{row['row_hash'][:16]}",
                        "destinationPhoneNumber": row["address"],
                        "reason": row["reason"],
                    }
                )
                for row in rows
            ]
            return "".join(f"{line}\n" for line in lines).encode()
        case _:
            accounts = text.guarded(pa.array([row["account_id"] for row in rows], pa.string())).to_pylist()
            return _csv(
                ("list_key", "account_id", "address", "reason", "since_utc"),
                [
                    (row["list_key"], account, row["address"], row["reason"], f"{row['since_at']:%Y-%m-%dT%H:%M:%SZ}")
                    for account, row in zip(accounts, rows, strict=True)
                ],
            )


def _csv(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(header)
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def _suffix(target: Target) -> str:
    return ".jsonl" if target.format == "amazon_connect" else ".csv"


def _has_list(target: Target, edition: Edition, settings: Settings) -> bool:
    manifest = f"{stem_of(target, edition, settings)}.manifest.json"
    return was_delivered(target, edition, manifest, settings)
