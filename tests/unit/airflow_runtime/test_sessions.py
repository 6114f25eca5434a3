"""Services can be found and stopped with everything they started, and nothing else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.airflow_runtime import sessions

# A leader whose child leaves the process group, renames nothing, and ignores the polite signal.
CHILD = """
import os, signal, time
os.setpgid(0, 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(300)
"""
STUBBORN = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE)
child.stdout.readline()
open(sys.argv[1], "w").write(str(child.pid))
"""


def wait_for(file: Path) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if file.exists() and file.read_text(encoding="utf-8"):
            return int(file.read_text(encoding="utf-8"))
        time.sleep(0.05)
    raise AssertionError(f"{file} was not written")


@pytest.fixture
def pid_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 2.0)
    file = tmp_path / "run" / "service.pid"
    yield file
    sessions.stop([file])


def start(pid_file: Path, code: str) -> int:
    child_file = pid_file.parent / "child"
    command = [sys.executable, "-c", code, str(child_file)]
    return sessions.start(pid_file, pid_file.with_suffix(".log"), command, dict(os.environ))


def test_a_service_is_stopped_with_a_child_that_left_its_group_and_ignores_the_signal(pid_file: Path) -> None:
    leader = start(pid_file, STUBBORN + "time.sleep(300)")
    child = wait_for(pid_file.parent / "child")
    assert sorted(sessions.members(pid_file)) == sorted([leader, child])
    assert sessions.stop([pid_file]) == 2
    assert sessions.members(pid_file) == []
    assert not pid_file.exists()


def test_a_child_that_outlives_its_leader_is_found_and_stopped(pid_file: Path) -> None:
    leader = start(pid_file, STUBBORN)
    child = wait_for(pid_file.parent / "child")
    deadline = time.monotonic() + 10
    while leader in sessions.members(pid_file) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sessions.is_running(pid_file)
    assert sessions.members(pid_file) == [child]
    assert sessions.stop([pid_file]) == 1


def test_a_stale_file_whose_number_is_somebody_elses_process_stops_nobody(pid_file: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    try:
        pid_file.parent.mkdir(parents=True)
        pid_file.write_text(f"{stranger.pid}\n", encoding="utf-8")
        assert not sessions.is_running(pid_file)
        assert sessions.stop([pid_file]) == 0
        assert stranger.poll() is None
        assert not pid_file.exists()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", ["", "not a number", "999999999"])
def test_a_file_that_names_nothing_is_no_service(pid_file: Path, content: str) -> None:
    pid_file.parent.mkdir(parents=True)
    pid_file.write_text(content, encoding="utf-8")
    assert not sessions.is_running(pid_file)
    assert sessions.stop([pid_file]) == 0


def test_stopping_twice_is_fine(pid_file: Path) -> None:
    start(pid_file, STUBBORN + "time.sleep(300)")
    wait_for(pid_file.parent / "child")
    assert sessions.stop([pid_file]) == 2
    assert sessions.stop([pid_file]) == 0
