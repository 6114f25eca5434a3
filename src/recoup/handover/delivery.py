"""Delivery: every file reaches its receiver once, whatever was killed in between.

A file goes up under a name that says company, target, list date, version and hour, and is recorded in lists.deliveries
when it is there. A retry passes over what is recorded. What is there and not recorded, for the sender died in between,
is told by its checksum and only recorded. The manifest goes last: a receiver that waits for it sees whole lists.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.company_handover import Target, ToDirectory
from recoup.errors import RecoupError
from recoup.handover.files import checksum
from recoup.handover.source import Edition
from recoup.settings import Settings

_LOCK_CLASS = 0x64656C69  # "deli"; the second key of the advisory lock is a hash of the target's name
_LOCK_WAIT = "10min"
_RECORD = """
insert into lists.deliveries (target, file, kind, format, list_date, list_version, rows, bytes, sha256, recorded_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class Carrier(Protocol):
    """How files reach one receiver."""

    def checksum(self, name: str) -> str | None:
        """SHA-256 of what the receiver holds under the name; None = nothing, or a receiver that cannot tell."""

    def put(self, file: Path, name: str, sha256: str) -> None:
        """Bring the file there; the name shows all of it or nothing. Raises what its transport raises."""


@dataclass(frozen=True)
class Parcel:
    """One file to deliver.

    Attributes:
        kind: list or suppressions.
        rows: Rows of the list in it; 0 for manifests and checksums.
    """

    path: Path
    kind: str
    rows: int


@dataclass(frozen=True)
class Sent:
    """What a delivery did: files brought, found there and only recorded, and recorded before."""

    brought: int = 0
    found: int = 0
    before: int = 0


class DirectoryCarrier:
    """A directory of this machine, or one that it mounts."""

    def __init__(self, delivery: ToDirectory, settings: Settings) -> None:
        self._directory = settings.company_file.parent / Path(delivery.path).expanduser()

    def checksum(self, name: str) -> str | None:
        path = self._directory / name
        return checksum(path) if path.exists() else None

    def put(self, file: Path, name: str, sha256: str) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = self._directory / f".{name}.partial"
        shutil.copyfile(file, partial)
        with partial.open("rb") as copied:
            os.fsync(copied.fileno())
        os.replace(partial, self._directory / name)


def deliver(
    parcels: Sequence[Parcel], target: Target, carrier: Carrier, connection: Connection, *,
    list_date: date, list_version: int, recorded_at: datetime,
) -> Sent:  # fmt: skip
    """Bring every file to its receiver that is not recorded there yet, in the order given.

    Args:
        connection: Of `one_sender`: each file is recorded as soon as it is there.

    Raises:
        RecoupError: The receiver holds another file under a name, or one was delivered with another content. What the
            carrier raises passes through; what was brought before stays recorded.
    """
    brought = found = before = 0
    known: dict[str, str] = dict(
        connection.execute("select file, sha256 from lists.deliveries where target = %s", [target.name]).fetchall()
    )
    for parcel in parcels:
        name, sha256 = parcel.path.name, checksum(parcel.path)
        if name in known:
            if known[name] != sha256:
                raise RecoupError(
                    f"{name} was delivered to {target.name} with another content before (somebody was erased since, or "
                    "the target was configured anew): give the target a new name in company.yml, or publish a new "
                    "version with `recoup run --restate`."
                )
            before += 1
            continue
        there = carrier.checksum(name)
        if there is not None and there != sha256:
            raise RecoupError(
                f"The receiver of {target.name} holds another file of the name {name}: it is not overwritten; look at "
                "it there, and move it away before the task is cleared."
            )
        if there is None:
            carrier.put(parcel.path, name, sha256)
            brought += 1
        else:
            found += 1
        connection.execute(
            _RECORD,
            [target.name, name, parcel.kind, target.format, list_date, list_version, parcel.rows,
             parcel.path.stat().st_size, sha256, recorded_at],
        )  # fmt: skip
    return Sent(brought, found, before)


@contextmanager
def one_sender(target: Target, settings: Settings) -> Iterator[Connection]:
    """A connection of the publisher that holds the target's lock: two senders at once deliver one after the other."""
    with warehouse.connect("publisher", settings, autocommit=True) as connection:
        connection.execute(sql.SQL("set lock_timeout = {}").format(_LOCK_WAIT))
        try:
            connection.execute("select pg_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, target.name])
        except psycopg.errors.LockNotAvailable:
            raise RecoupError(
                f"The target {target.name} is being delivered to by another run, for more than {_LOCK_WAIT}: wait "
                "until it ends, then run again."
            ) from None
        # The server lets go of the lock when the connection ends.
        yield connection


def was_delivered(target: Target, edition: Edition, file: str, settings: Settings) -> bool:
    """Whether a file of a list is recorded; of the manifest, which goes last: whether the whole list is there."""
    with warehouse.connect("dialer", settings) as connection:
        row = connection.execute(
            "select 1 from lists.deliveries where target = %s and file = %s and list_date = %s and list_version = %s",
            [target.name, file, edition.list_date, edition.list_version],
        ).fetchone()
    return row is not None
