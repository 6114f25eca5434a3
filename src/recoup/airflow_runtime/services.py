"""Airflow's four services on this machine, started and stopped: `recoup up` and `recoup down`."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from recoup import warehouse
from recoup.airflow_runtime import environment, sessions
from recoup.airflow_runtime.api import ApiUnreachableError, Client
from recoup.errors import RecoupError
from recoup.pipeline import STAGES
from recoup.settings import Settings

# The scheduler first: when all are stopped in this order, nothing starts a task whose API is already gone.
SERVICES: dict[str, tuple[str, ...]] = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "api-server": ("api-server",),
}
START_SECONDS = 120.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Running:
    """Where the services answer, and who may log in."""

    url: str
    user: str
    password: str
    was_running: bool

    def client(self) -> Client:
        """A client of Airflow's API, logged in."""
        return Client(self.url, self.user, self.password)


def up(settings: Settings, console: Console | None = None) -> Running:
    """Start the embedded warehouse and Airflow's services, and wait until they are healthy and know every DAG.

    Services that run already are left alone; missing ones are started again. The DAGs are scheduled from their first
    appearance on; a DAG that somebody paused later stays paused.

    Raises:
        RecoupError: A service died or did not become healthy, or a DAG cannot be imported; names the log.
    """
    console = console or Console()
    warehouse.ensure_running(settings)
    warehouse.initialize(settings)
    missing = [name for name in SERVICES if not sessions.is_running(pid_file(settings, name))]
    port = _port(settings, keep=len(missing) < len(SERVICES))
    variables = environment.for_services(settings, port)
    if missing:
        sessions.stop([pid_file(settings, name) for name in missing])  # what a killed service left behind
        with console.status("Preparing Airflow's metadata database"):
            _migrate(settings, variables)
        for name in missing:
            sessions.start(
                pid_file(settings, name), log_file(settings, name), environment.command(*SERVICES[name]), variables
            )
    running = Running(
        url=f"http://{environment.ADDRESS}:{port}",
        user=environment.ADMIN,
        password=environment.Secrets.of(settings).admin_password,
        was_running=not missing,
    )
    with console.status("Waiting for Airflow's services"):
        _wait_until_healthy(settings, running)
    _print(console, settings, running)
    return running


def down(settings: Settings, console: Console | None = None) -> int:
    """Stop Airflow's services with all their processes. Stopping what does not run is fine.

    The embedded warehouse is left to `recoup.warehouse.stop`.

    Returns:
        How many processes were running.
    """
    console = console or Console()
    with console.status("Stopping Airflow's services"):
        stopped = sessions.stop([pid_file(settings, name) for name in SERVICES])
    console.print(f"Airflow: {stopped} processes stopped." if stopped else "Airflow was not running.")
    return stopped


def status(settings: Settings) -> dict[str, bool]:
    """Whether each service runs."""
    return {name: sessions.is_running(pid_file(settings, name)) for name in SERVICES}


def pid_file(settings: Settings, service: str) -> Path:
    """File that holds the number of the service's leading process."""
    return environment.airflow_home(settings) / "run" / f"{service}.pid"


def log_file(settings: Settings, service: str) -> Path:
    """File that both outputs of the service go to."""
    return environment.airflow_home(settings) / "logs" / f"{service}.log"


def _port(settings: Settings, *, keep: bool) -> int:
    # Services that run already know each other by the port that they were started with.
    file = environment.airflow_home(settings) / "run" / "port"
    if keep and file.exists():
        return int(file.read_text(encoding="utf-8"))
    port = environment.free_port()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{port}\n", encoding="utf-8")
    return port


def _migrate(settings: Settings, variables: dict[str, str]) -> None:
    log = log_file(settings, "db-migrate")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        done = subprocess.run(
            environment.command("db", "migrate"), env=variables, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        raise RecoupError(f"Airflow's metadata database could not be prepared; its log is {log}.")


def _wait_until_healthy(settings: Settings, running: Running) -> None:
    expected = {stage.dag_id for stage in STAGES}
    client = running.client()
    deadline = time.monotonic() + START_SECONDS
    pending = "the API server"
    while time.monotonic() < deadline:
        for name, alive in status(settings).items():
            if not alive:
                raise RecoupError(f"Airflow's {name} stopped while starting; its log is {log_file(settings, name)}.")
        try:
            sick = [name for name, state in client.health().items() if state != "healthy"]
            pending = ", ".join(sick)
            if not sick:
                errors = client.import_errors()
                if errors:
                    raise RecoupError(f"Airflow cannot import a DAG: {errors[0]}")
                known = client.dag_ids()
                if expected <= known:
                    return
                pending = f"the DAGs {', '.join(sorted(expected - known))}"
        except ApiUnreachableError:
            pending = "the API server"
        time.sleep(POLL_SECONDS)
    raise RecoupError(
        f"Airflow did not become healthy within {START_SECONDS:.0f} seconds (waiting for {pending}); "
        f"its logs are in {log_file(settings, 'scheduler').parent}."
    )


def _print(console: Console, settings: Settings, running: Running) -> None:
    state = "runs already" if running.was_running else "is up"
    console.print(f"Airflow {state}: {running.url}  user {running.user}  password {running.password}")
    console.print(f"Logs: {log_file(settings, 'scheduler').parent}", highlight=False, soft_wrap=True)


def describe(settings: Settings) -> str:
    """One line of JSON on the services, for `recoup doctor` and scripts."""
    return json.dumps(status(settings))
