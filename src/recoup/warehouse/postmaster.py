"""The server's first process, seen from outside: is it there, how is it, and how to be rid of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from recoup.errors import RecoupError
from recoup.warehouse.machine import OsUser

_ORPHAN_SECONDS = 5.0
_SETTLE_SECONDS = 120.0
_STOP_SECONDS = 60.0


def stop(data: Path) -> bool:
    """Ask for a fast shutdown as `pg_ctl stop -m fast` does, but without pg_ctl: it may be gone with its checkout.

    Returns False if no server runs in `data`.

    Raises:
        RecoupError: It does not stop.
    """
    pid = process(data)
    if pid is None:
        return False
    for request in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, request)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if process(data) is None:
                return True
            time.sleep(0.02)
    raise RecoupError(f"The embedded Postgres in {data} does not stop (process {pid}).")


def settled(data: Path) -> str | None:
    """Wait while the server is on its way up or down; return "ready" or None.

    Raises:
        RecoupError: It is neither after two minutes.
    """
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (current := state(data)) is not None and current != "ready":
        if time.monotonic() > deadline:
            raise RecoupError(
                f"The embedded Postgres in {data} has been {current} for {_SETTLE_SECONDS:.0f} s: run `recoup stop`."
            )
        time.sleep(0.1)
    return current


def clear_remains(data: Path, user: OsUser) -> None:
    """Make way after a crash: wait out orphaned backends, drop pid files whose process is gone or somebody else's."""
    if not (data / "postmaster.pid").exists():
        return
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while orphans := processes_in(data, user):
        if time.monotonic() > deadline:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
            deadline = time.monotonic() + _ORPHAN_SECONDS
        time.sleep(0.1)
    for remains in [data / "postmaster.pid", *data.glob(".s.PGSQL.*")]:
        remains.unlink(missing_ok=True)


def state(data: Path) -> str | None:
    """What the postmaster says of itself: ready, starting, stopping; None if there is none."""
    if process(data) is None:
        return None
    lines = _lines(data)
    return lines[7].strip() if len(lines) > 7 else "starting"


def process(data: Path) -> int | None:
    """Process id of the postmaster; None if the one in its file is gone or was since given to another program."""
    lines = _lines(data)
    try:
        pid = int(lines[0])
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (OSError, ValueError, IndexError):
        return None
    with contextlib.suppress(OSError):
        # World-readable, unlike /proc/<pid>/cwd, which root in a container may not follow. Absent outside Linux.
        if str(data).encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    return pid


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except PermissionError:
        raise RecoupError(f"{data} belongs to another user: set RECOUP_HOME to a directory of yours.") from None
    except OSError:
        return []


def processes_in(data: Path, user: OsUser) -> list[int]:
    """Processes that work in the data directory, as every Postgres process does. Empty where there is no /proc."""
    script = (
        'for p in /proc/[0-9]*; do [ "$(readlink "$p/cwd" 2>/dev/null)" = "$0" ] && echo "${p#/proc/}"; done; exit 0'
    )
    # cwd of the scan itself is elsewhere, so that it does not find itself.
    said = user.run(["/bin/sh", "-c", script, data], cwd=Path("/")).stdout
    return [int(line) for line in said.split() if line.isdigit()]
