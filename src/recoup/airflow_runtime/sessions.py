"""Long-running processes that can be found and stopped again, with everything they started.

Each service leads an operating-system session of its own. Its children may change their process group (Airflow's task
runners do) and may outlive it, but they stay in the session, so the session's number finds them all.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

MARK = "RECOUP_SERVICE"
"""Variable that each process of ours carries: a number reused by somebody else's process is not mistaken for ours."""

GRACE_SECONDS = 20.0
POLL_SECONDS = 0.1


def start(pid_file: Path, log_file: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a service in a session of its own; both of its outputs go to `log_file`. Returns the session's number."""
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            list(arguments),
            # SPT_NOENV: programs that retitle themselves would else overwrite the mark.
            env={**environment, MARK: str(pid_file), "SPT_NOENV": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=pid_file.parent,
        )
    process.returncode = 0  # it is meant to outlive us; Python need not warn that nobody waited for it
    pid_file.write_text(f"{process.pid}\n", encoding="utf-8")
    return process.pid


def members(pid_file: Path) -> list[int]:
    """Processes of the service that `pid_file` names, leader or not; empty if it is stopped or the file is stale."""
    session = _session_of(pid_file)
    if session is None:
        return []
    return [pid for pid in _all_processes() if _is_member(pid, session, pid_file)]


def is_running(pid_file: Path) -> bool:
    """Whether the service's leading process lives."""
    session = _session_of(pid_file)
    return session is not None and session in members(pid_file)


def stop(pid_files: Sequence[Path]) -> int:
    """Stop services with all their processes: the leaders in order, then what is left, at last by force.

    Returns:
        How many processes were running. Stopping what does not run is fine.
    """
    found = {file: members(file) for file in pid_files}
    for file, pids in found.items():
        leader = _session_of(file)
        if leader in pids:
            _signal([leader], signal.SIGTERM)
    if not _wait_until_gone(pid_files, GRACE_SECONDS):
        _signal([pid for file in pid_files for pid in members(file)], signal.SIGTERM)
        if not _wait_until_gone(pid_files, GRACE_SECONDS / 4):
            _signal([pid for file in pid_files for pid in members(file)], signal.SIGKILL)
            _wait_until_gone(pid_files, GRACE_SECONDS / 4)
    for file in pid_files:
        file.unlink(missing_ok=True)
    return sum(len(pids) for pids in found.values())


def _wait_until_gone(pid_files: Sequence[Path], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(members(file) for file in pid_files):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _signal(pids: Sequence[int | None], number: signal.Signals) -> None:
    for pid in pids:
        if pid is not None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _session_of(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="utf-8").strip())
    except (FileNotFoundError, ValueError):
        return None


def _is_member(pid: int, session: int, pid_file: Path) -> bool:
    try:
        if os.getsid(pid) != session:
            return False
    except (ProcessLookupError, PermissionError):
        return False
    _reap(pid)
    if Path("/proc").is_dir():
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            if status.rpartition(")")[2].split()[0] == "Z":
                return False
            return f"{MARK}={pid_file}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False).stdout
    return "airflow" in shown


def _reap(pid: int) -> None:
    # Where the stopping process is also the starting one, a dead child stays in the table until it is waited for.
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _all_processes() -> list[int]:
    if Path("/proc").is_dir():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=True).stdout
    return [int(line) for line in listed.split()]
