"""A list reaches each target once, whatever died in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recoup.company_handover import Target
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.handover.delivery import Carrier, DirectoryCarrier
from recoup.handover.stages import deliver_list, export_lists, waiting_room
from recoup.settings import Settings

from .conftest import LIST_DATE, Desk

DAY = Day.closing(LIST_DATE.replace(month=3, day=31), "America/New_York")
MANIFEST = "demo_vici_2026-04-01_v1.manifest.json"


class Killed(BaseException):
    """The process dies."""


class Recording:
    """A receiver that counts what reaches it, and dies when told to."""

    def __init__(self, inner: Carrier) -> None:
        self.inner, self.put_names, self.dies_after = inner, list[str](), 10**9

    def checksum(self, name: str) -> str | None:
        return self.inner.checksum(name)

    def put(self, file: Path, name: str, sha256: str) -> None:
        self.inner.put(file, name, sha256)
        self.put_names.append(name)
        if len(self.put_names) == self.dies_after:
            raise Killed


@pytest.fixture
def settings(desk: Desk, tmp_path: Path) -> Settings:
    target = {"name": "vici", "format": "vicidial", "delivery": {"kind": "directory", "path": str(tmp_path / "in")}}
    return desk.with_targets(target)


@pytest.fixture
def target(settings: Settings) -> Target:
    return settings.company.handover.targets[0]


@pytest.fixture
def receiver(target: Target, settings: Settings) -> Recording:
    return Recording(DirectoryCarrier(target.delivery, settings))  # type: ignore[arg-type]


def delivered(desk: Desk) -> list[str]:
    return [str(name) for (name,) in desk.execute("select file from lists.deliveries order by delivered_at")]


def always(receiver: Recording) -> Callable[..., Carrier]:
    return lambda *_: receiver


def test_a_list_is_delivered_once_and_the_manifest_goes_last(
    desk: Desk, settings: Settings, target: Target, receiver: Recording
) -> None:
    export_lists(DAY, settings)
    first = deliver_list(target, always(receiver), DAY, settings)
    assert first == {"brought": 5, "found": 0, "before": 0, "rows": 60}
    assert receiver.put_names[-1] == MANIFEST
    assert delivered(desk) == receiver.put_names
    again = deliver_list(target, always(receiver), DAY, settings)
    assert again == {"brought": 0, "found": 0, "before": 1, "rows": 0}
    assert export_lists(DAY, settings)["delivered_before"] == 1
    assert len(receiver.put_names) == 5


def test_what_was_delivered_lies_no_longer_at_home(settings: Settings, target: Target, receiver: Recording) -> None:
    export_lists(DAY, settings)
    assert any(waiting_room(target, DAY, settings).iterdir())
    deliver_list(target, always(receiver), DAY, settings)
    assert not waiting_room(target, DAY, settings).exists()


def test_a_sender_killed_between_upload_and_record_is_made_up_for_without_a_second_upload(
    desk: Desk, settings: Settings, target: Target, receiver: Recording
) -> None:
    receiver.dies_after = 2
    with pytest.raises(Killed):
        deliver_list(target, always(receiver), DAY, settings)
    assert len(delivered(desk)) == 1
    receiver.dies_after = 10**9
    assert deliver_list(target, always(receiver), DAY, settings) == {"brought": 3, "found": 1, "before": 1, "rows": 60}
    assert len(receiver.put_names) == len(set(receiver.put_names)) == 5


def test_a_worker_without_the_exported_files_writes_the_same_bytes(
    desk: Desk, settings: Settings, target: Target, receiver: Recording, tmp_path: Path
) -> None:
    receiver.dies_after = 1
    with pytest.raises(Killed):
        deliver_list(target, always(receiver), DAY, settings)
    elsewhere = replace(settings, home=tmp_path / "other")
    (tmp_path / "other").mkdir()
    for name in ("passwords.json", "postgres"):
        (tmp_path / "other" / name).symlink_to(settings.home / name)
    assert deliver_list(target, always(receiver), DAY, elsewhere)["found"] == 1


def test_another_file_under_the_name_is_never_overwritten(
    settings: Settings, target: Target, receiver: Recording, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / MANIFEST).write_text("somebody else's")
    with pytest.raises(RecoupError, match="holds another file of the name"):
        deliver_list(target, always(receiver), DAY, settings)
    assert (tmp_path / "in" / MANIFEST).read_text() == "somebody else's"


def test_a_list_that_changed_after_part_of_it_was_delivered_is_refused(
    desk: Desk, settings: Settings, target: Target, receiver: Recording
) -> None:
    receiver.dies_after = 2
    with pytest.raises(Killed):
        deliver_list(target, always(receiver), DAY, settings)
    for path in waiting_room(target, DAY, settings).iterdir():
        path.unlink()
    desk.execute("update vault.contact_points set address = null, is_erased = true")
    desk.execute("update vault.contact_points set address = '+12125559999', is_erased = false")
    receiver.dies_after = 10**9
    with pytest.raises(RecoupError, match="was delivered to vici with another content"):
        deliver_list(target, always(receiver), DAY, settings)


def test_two_senders_at_once_deliver_once(settings: Settings, target: Target, receiver: Recording) -> None:
    done: list[dict[str, Any]] = []
    export_lists(DAY, settings)
    threads = [
        threading.Thread(target=lambda: done.append(deliver_list(target, always(receiver), DAY, settings)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(receiver.put_names) == 5
    assert len(done) == 2


def test_what_was_handed_over_stays_on_record(
    desk: Desk, settings: Settings, target: Target, receiver: Recording
) -> None:
    deliver_list(target, always(receiver), DAY, settings)
    for statement in ("delete from lists.deliveries", "update lists.deliveries set rows = 0"):
        with pytest.raises(psycopg.errors.RaiseException, match="stays on record"):
            desk.execute(statement, role="publisher")


def test_without_a_target_nothing_is_exported(desk: Desk) -> None:
    assert export_lists(DAY, desk.with_targets()) == {"targets": 0, "files": 0, "rows": 0, "delivered_before": 0}
