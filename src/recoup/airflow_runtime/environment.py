"""The environment that Airflow's processes run in: one place for every AIRFLOW__ setting and secret."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recoup import warehouse
from recoup.settings import Settings

ADDRESS = "127.0.0.1"
ADMIN = "admin"
USUAL_PORT = 8080


@dataclass(frozen=True)
class Secrets:
    """What Airflow's processes must share and nobody else may know. Made once, kept in a file of mode 0600."""

    fernet_key: str
    jwt_secret: str
    admin_password: str

    @classmethod
    def of(cls, settings: Settings) -> Secrets:
        """The installation's secrets; made on first use."""
        file = airflow_home(settings) / "secrets.json"
        if not file.exists():
            made = cls(
                fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                jwt_secret=secrets.token_urlsafe(64),
                admin_password=secrets.token_urlsafe(12),
            )
            _write_private(file, made.__dict__)
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def airflow_home(settings: Settings) -> Path:
    """AIRFLOW_HOME of this installation: state, logs, secrets. Created if missing."""
    home = settings.home / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return home


def command(*arguments: str) -> list[str]:
    """An Airflow command line, run by the interpreter that we run in."""
    return [sys.executable, "-m", "airflow", *arguments]


def metadata_url(settings: Settings) -> str:
    """Airflow's metadata database beside the warehouse. The driver is named: a bare `postgresql://` means psycopg 3."""
    return warehouse.url(
        "airflow", settings, database=settings.source_database("airflow"), driver="postgresql+psycopg2"
    )


def for_services(settings: Settings, port: int) -> dict[str, str]:
    """Variables for the four long-running processes, the API and its UI on `port` of the loopback address."""
    shared = Secrets.of(settings)
    home = airflow_home(settings)
    passwords = home / "passwords.json"
    _write_private(passwords, {ADMIN: shared.admin_password})
    url = f"http://{ADDRESS}:{port}"
    return _inherited(settings) | {
        **_project(settings, home, metadata_url(settings)),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": ADDRESS,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": shared.jwt_secret,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": shared.jwt_secret,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": shared.fernet_key,
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    }


def for_one_process(settings: Settings, home: Path) -> dict[str, str]:
    """Variables for running DAGs in one process with throw-away metadata (SQLite) under `home`.

    Throw-away, because such runs also queue runs of their own in the metadata; a scheduler must never find those.
    """
    return _inherited(settings) | {
        **_project(settings, home, f"sqlite:///{home / 'metadata.db'}"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    }


def free_port() -> int:
    """RECOUP_AIRFLOW_PORT if it is set, else Airflow's usual port if nobody listens there, else any free one."""
    wished = os.environ.get("RECOUP_AIRFLOW_PORT")
    if wished:
        return int(wished)
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback address")


def _inherited(settings: Settings) -> dict[str, str]:
    # An AIRFLOW_HOME or a metadata URL of another installation must not leak into ours.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | settings_variables(settings)


def settings_variables(settings: Settings) -> dict[str, str]:
    """The variables from which `load_settings` reads the same settings in another process."""
    variables = {
        "RECOUP_HOME": str(settings.home),
        "RECOUP_COMPANY": str(settings.company_file),
        "RECOUP_DATABASE": settings.database,
    }
    if settings.admin_url:
        variables["RECOUP_WAREHOUSE_URL"] = settings.admin_url
    return variables


def _project(settings: Settings, home: Path, metadata: str) -> Mapping[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.project_dir / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.project_dir / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }


def _write_private(file: Path, content: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(dict(content), out)
