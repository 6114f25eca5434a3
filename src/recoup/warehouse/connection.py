"""Connections to the warehouse and to the databases beside it, each as one role, with errors that say what to do."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import errors as pg

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import embedded
from recoup.warehouse.passwords import password_of
from recoup.warehouse.roles import Role, role_name

MINIMUM_VERSION = 16
"""pg_input_is_valid, which landing sorts bad cells out with, came with 16."""
_CONNECT_SECONDS = 10


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A psycopg connection that leaves its `with` block with one sentence if the server failed underneath."""

    def __enter__(self) -> Self:
        return super().__enter__()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        except psycopg.OperationalError as error:
            raise explained(error) from error
        if isinstance(exc_val, psycopg.OperationalError):
            sentence = explained(exc_val)
            if sentence is not exc_val:
                raise sentence from exc_val


def ensure_running(settings: Settings) -> None:
    """Start the embedded server if that is the warehouse and it does not run.

    Raises:
        RecoupError: It cannot be started.
    """
    if settings.admin_url is None:
        embedded.start(settings)


def stop(settings: Settings) -> bool:
    """Stop the embedded server; False if there is none or it did not run. Another Postgres is never stopped."""
    return settings.admin_url is None and embedded.stop(settings)


def url(role: Role, settings: Settings, database: str | None = None, driver: str = "postgresql") -> str:
    """Connection URL of one role, password included.

    RECOUP_URL_<ROLE> goes before everything else; it names the warehouse database itself.

    Args:
        database: Name of a database on the same server; default: the warehouse.
        driver: Scheme of the URL, such as "postgresql+psycopg2" for SQLAlchemy.

    Raises:
        RecoupError: The embedded server has never been started, or there is no password for the role.
    """
    override = os.environ.get(f"RECOUP_URL_{role.upper()}")
    if override:
        return _rewritten(override, driver=driver, database=database)
    if settings.admin_url is not None:
        if role == "admin":
            return _rewritten(settings.admin_url, driver=driver, database=database)
        return _rewritten(
            settings.admin_url, driver=driver, database=database or settings.database,
            user=role_name(role), password=password_of(role, settings),
        )  # fmt: skip
    user = embedded.SUPERUSER if role == "admin" else role_name(role)
    address = f"{quote(user)}:{quote(password_of(role, settings), safe='')}@{embedded.HOST}:{embedded.port(settings)}"
    return f"{driver}://{address}/{quote(database or settings.database)}"


def connect(
    role: Role, settings: Settings, database: str | None = None, *, autocommit: bool = False
) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as `role`; the session's time zone is UTC.

    Use it in a `with` block: it commits and closes at the end, and an outage inside the block becomes one sentence.

    Args:
        database: Default: the warehouse; `settings.source_database(…)` for the others.

    Raises:
        RecoupError: The server is stopped or full, the password or host is wrong, the server is too old.
    """
    target = url(role, settings, database)
    try:
        connection = Connection.connect(
            target, autocommit=autocommit, application_name=f"recoup {role}", options=_session_options(),
            connect_timeout=_CONNECT_SECONDS,
        )  # fmt: skip
    except psycopg.OperationalError as error:
        raise explained(error, target) from error
    except psycopg.ProgrammingError as error:
        raise RecoupError(f"The connection URL of the role {role} is not valid ({str(error).strip()}).") from error
    if connection.info.server_version < MINIMUM_VERSION * 10_000:
        version = connection.info.server_version // 10_000
        connection.close()
        raise RecoupError(
            f"The Postgres at {_place(target)} is version {version}; Recoup needs {MINIMUM_VERSION} or later: "
            "name a newer server in RECOUP_WAREHOUSE_URL, or unset it to use the embedded one."
        )
    return connection


def _session_options() -> str:
    # libpq takes PGOPTIONS only where no options are given; a task's statement timeout comes that way.
    return f"{os.environ.get('PGOPTIONS', '')} -c TimeZone=UTC".strip()


def explained(error: psycopg.Error, target: str | None = None) -> Exception:
    """One sentence for an outage or a refused login; `error` itself where it is neither.

    Args:
        target: URL that was connected to, for naming the server; its password is never shown.
    """
    place = f" at {_place(target)}" if target else ""
    user = urlsplit(target).username if target else None
    database = urlsplit(target).path.lstrip("/") if target else None
    text = str(error)
    said = (
        text.strip().splitlines()[-1].split("FATAL:")[-1].strip().rstrip(".") if text.strip() else type(error).__name__
    )
    match error:
        case pg.DiskFull():
            return RecoupError(
                "The disk of the Postgres server is full: free some space, then run the same command again."
            )
        case pg.TooManyConnections():
            return RecoupError(_FULL.format(place=place))
        case pg.OutOfMemory():
            return RecoupError("The Postgres server ran out of memory: give it more, or run fewer things at once.")
        case pg.AdminShutdown() | pg.CrashShutdown() | pg.CannotConnectNow():
            return RecoupError(
                "The Postgres server was stopped while we worked; nothing was half written: start it (`recoup start`), "
                "then run the same command again."
            )
    if error.sqlstate is not None and not error.sqlstate.startswith(("08", "28", "3D")):
        return error
    for signs, sentence in _SIGNS:
        if any(sign in text for sign in signs):
            return RecoupError(sentence.format(place=place, user=user, database=database, said=said))
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return RecoupError(f"The Postgres server{place} does not answer as it should: {said}.")
    return error


_FULL = (
    "The Postgres server{place} has no connection left: stop other programs that use it, or raise its max_connections, "
    "then run the same command again."
)
_SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("password authentication failed", "no password supplied"),
        "The Postgres server{place} refuses the password of {user}: correct it in the URL or in RECOUP_PASSWORD_<ROLE>,"
        " or run `recoup init` to set it again.",
    ),
    (
        ("no pg_hba.conf entry",),
        "The Postgres server{place} does not let {user} in from this machine: have its administrator allow it.",
    ),
    (
        ("too many clients", "remaining connection slots", "too many connections"),
        _FULL,
    ),
    (
        ("does not exist", "not currently accepting connections", "permission denied for database"),
        "The Postgres server{place} does not let {user} into the database {database} ({said}): run `recoup init`.",
    ),
    (
        ("failed to resolve host", "could not translate host name", "Name or service not known"),
        "The host of the Postgres server{place} is unknown: correct the URL, or check the network.",
    ),
    (
        ("Connection refused", "No such file or directory"),
        "No Postgres server answers{place}: start it with `recoup start`, or correct the URL in RECOUP_WAREHOUSE_URL.",
    ),
    (
        ("timeout expired", "timed out", "No route to host", "Network is unreachable"),
        "The Postgres server{place} cannot be reached in time: check the network, its firewall and the URL.",
    ),
    (
        ("starting up", "shutting down", "in recovery mode"),
        "The Postgres server{place} is starting or stopping: wait a few seconds, then run the same command again.",
    ),
    (
        ("No space left on device",),
        "The disk of the Postgres server{place} is full: free some space, then run the same command again.",
    ),
    (
        ("server closed the connection", "connection is lost", "the connection is closed", "terminating connection",
         "Connection reset", "Broken pipe", "EOF detected"),
        "The Postgres server{place} ended the connection while we worked; nothing was half written: check that it runs "
        "(`recoup status`), then run the same command again.",
    ),
)  # fmt: skip


def _place(target: str) -> str:
    parts = urlsplit(target)
    try:
        number = parts.port
    except ValueError:
        number = None
    return f"{parts.hostname or 'the local socket'}{f':{number}' if number else ''}"


def _rewritten(
    source: str, *, driver: str, database: str | None, user: str | None = None, password: str | None = None
) -> str:
    parts = urlsplit(source)
    if not parts.scheme.startswith("postgres"):
        raise RecoupError(
            "A warehouse URL must look like postgresql://user:password@host:5432/database, and this one starts with "
            f"{parts.scheme!r}."
        )
    address = parts.netloc.rpartition("@")[2]
    login = parts.netloc.rpartition("@")[0]
    if user is not None:
        login = f"{quote(user)}:{quote(password or '', safe='')}"
    path = parts.path if database is None else f"/{quote(database)}"
    query = urlencode(parse_qsl(parts.query), quote_via=quote)
    return urlunsplit((driver, f"{login}@{address}" if login else address, path, query, ""))
