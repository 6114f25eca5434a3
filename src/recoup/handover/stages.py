"""The stage that writes the day's exports, and the hand-over of each target that follows it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from recoup.company_handover import Target
from recoup.day import Day
from recoup.handover.delivery import Carrier, Parcel, deliver, one_sender, was_delivered
from recoup.handover.export import Export, export_list, read_export, stem_of
from recoup.handover.source import edition_of
from recoup.settings import Settings

CarrierFor = Callable[[Target, Settings], Carrier]


def export_lists(day: Day, settings: Settings) -> dict[str, int]:
    """Write the day's list for every target of company.yml; nothing where there is none.

    The files wait for their delivery in the home directory, for their owner alone, and are deleted once delivered.

    Returns:
        targets, files, rows; and targets that were delivered before, which are not written again.

    Raises:
        RecoupError: The newest list is not the day's, or a row breaks a limit of a dialer.
    """
    targets = settings.company.handover.targets
    files = rows = before = 0
    for target in targets:
        with one_sender(target, settings):
            if _is_delivered(target, day, settings):
                before += 1
                continue
            done = _exported(target, day, settings)
        files += len(done.files)
        rows += done.rows
    return {"targets": len(targets), "files": files, "rows": rows, "delivered_before": before}


def deliver_list(target: Target, carrier_for: CarrierFor, day: Day, settings: Settings) -> dict[str, int]:
    """Bring the day's list to one target: once, however often it is asked for.

    What `export_lists` wrote is taken where it is there and whole; a worker on another machine writes it anew, to the
    same bytes.

    Returns:
        files brought, found (there already, only recorded) and before (recorded by an earlier run); rows.
    """
    # The lock is held from the look at what was delivered to the deleting of the files: one sender at a time.
    with one_sender(target, settings) as connection:
        if _is_delivered(target, day, settings):
            return {"brought": 0, "found": 0, "before": 1, "rows": 0}
        export = _exported(target, day, settings)
        parcels = [
            *(Parcel(export.directory / file.name, "list", file.rows) for file in export.files),
            *(Parcel(export.directory / name, "list", 0) for name in export.closing_files),
        ]
        sent = deliver(
            parcels, target, carrier_for(target, settings), connection,
            list_date=export.edition.list_date, list_version=export.edition.list_version, recorded_at=day.recorded_at,
        )  # fmt: skip
        # Numbers lie nowhere longer than they must.
        shutil.rmtree(export.directory)
    return {"brought": sent.brought, "found": sent.found, "before": sent.before, "rows": export.rows}


def waiting_room(target: Target, day: Day, settings: Settings) -> Path:
    """Where the day's files of a target lie until they are delivered."""
    return settings.home / "handover" / settings.database / day.list_date.isoformat() / target.name


def _exported(target: Target, day: Day, settings: Settings) -> Export:
    edition, directory = edition_of(day.list_date, settings), waiting_room(target, day, settings)
    return read_export(target, edition, directory, settings) or export_list(target, day.list_date, directory, settings)


def _is_delivered(target: Target, day: Day, settings: Settings) -> bool:
    edition = edition_of(day.list_date, settings)
    manifest = f"{stem_of(target, edition, settings)}.manifest.json"
    return was_delivered(target, edition, manifest, settings)
