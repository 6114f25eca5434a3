"""The dbt project, parsed once for every database.

Parsing takes seven seconds of processor time, and dbt throws a kept parse away when the profile is another one. The
warehouses of several companies on one server differ in nothing but the name of their database, so the project is
parsed for none of them, and a warehouse gets a copy in which the relations bear its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from recoup.errors import RecoupError
from recoup.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_NOBODYS_DATABASE = "recoup_of_any_company"
_NO_CONNECTION = {
    "RECOUP_DBT_HOST": "127.0.0.1", "RECOUP_DBT_PORT": "5432", "RECOUP_DBT_USER": "transformer",
    "RECOUP_DBT_PASSWORD": "", "RECOUP_DBT_DBNAME": _NOBODYS_DATABASE,
}  # fmt: skip
"""What profiles.yml reads while the project is parsed: parsing connects to nothing."""


def read_project(settings: Settings, database: str) -> Manifest:
    """The parsed project whose relations lie in `database`: the caller's own to change.

    Needs no running server. Two processes may ask at once: the second one waits for the first one's parse.

    Raises:
        RecoupError: The project cannot be parsed.
    """
    manifest = _parse(settings)
    for node in chain(manifest.nodes.values(), manifest.sources.values()):
        node.database = database
        if node.relation_name:
            node.relation_name = node.relation_name.replace(f'"{_NOBODYS_DATABASE}"', f'"{database}"', 1)
    return manifest


def _parse(settings: Settings) -> Manifest:
    from dbt.cli.main import dbtRunner  # two seconds of imports that only dbt's own stages should pay

    folder = settings.home / "dbt" / "parsed"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"), environment(_NO_CONNECTION):
        # Without --vars: dbt throws a kept parse away when a var differs, and ours differ every day.
        parsed = dbtRunner().invoke(["parse", *project_options(settings, folder, settings.home / "logs" / "dbt")])
    if not parsed.success:
        log = settings.home / "logs" / "dbt" / "dbt.log"
        raise RecoupError(f"dbt cannot read the project ({first_line(parsed.exception)}); the log is {log}.")
    manifest: Manifest = parsed.result
    return manifest


def project_options(settings: Settings, target_path: Path, log_path: Path) -> list[str]:
    """dbt's options that say where the project is and where it may write; nothing goes to the screen."""
    project = str(settings.project_dir / "dbt_project")
    return [
        "--project-dir", project, "--profiles-dir", project, "--target-path", str(target_path),
        "--log-path", str(log_path), "--log-level", "none", "--log-level-file", "info", "--no-use-colors",
        "--no-use-colors-file", "--no-send-anonymous-usage-stats", "--no-version-check",
    ]  # fmt: skip


@contextlib.contextmanager
def environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """What profiles.yml reads; restored afterwards, so that no password stays in the environment of a worker."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def first_line(error: BaseException | None) -> str:
    """The start of an error, in one line."""
    lines = [line.strip() for line in str(error or "").splitlines() if line.strip()]
    return " ".join(lines[:2]).rstrip(".") or "no message"


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
