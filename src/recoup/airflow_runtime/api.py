"""A small client of Airflow's REST API on the loopback address."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

TIMEOUT_SECONDS = 60.0


class ApiUnreachableError(Exception):
    """Nobody answers at the API's address, or not yet as Airflow does."""


class Client:
    """Airflow's API as one user.

    Args:
        url: Of the API server, without a path.
        user: Name at the simple auth manager.
        password: Of that user.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._login = {"username": user, "password": password}
        self._token: str | None = None

    def health(self) -> dict[str, str | None]:
        """Health of metadatabase, scheduler, triggerer and DAG processor; needs no login."""
        answer = self._call("GET", "/api/v2/monitor/health", login=False)
        return {name: part["status"] for name, part in answer.items()}

    def dag_ids(self) -> set[str]:
        """The DAGs that Airflow knows and that are active."""
        return {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags?limit=100")["dags"]}

    def import_errors(self) -> list[str]:
        """First sentence of each DAG file's import error."""
        errors = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]

    def trigger(self, dag_id: str, as_of_date: str, run_after: datetime | None = None) -> str:
        """Start a run of a DAG for a day; returns the run's id."""
        body: dict[str, Any] = {"logical_date": None, "conf": {"as_of_date": as_of_date}}
        if run_after is not None:
            body["run_after"] = run_after.isoformat()
        return str(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """queued, running, success or failed."""
        return str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def run_ids(self, dag_id: str) -> list[str]:
        """Every run of a DAG, scheduled or triggered, at most 100."""
        return [run["dag_run_id"] for run in self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]]

    def text(self, path: str) -> str:
        """A page below the API server's address, as one who is logged in sees it."""
        return self._send("GET", path, None, login=True).decode()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What a path below the API server's address answers to a JSON body."""
        return self._call("POST", path, body)

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State of each task of a run."""
        answer = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100")
        return {task["task_id"]: task["state"] for task in answer["task_instances"]}

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, *, login: bool = True) -> Any:
        return json.loads(self._send(method, path, body, login=login))

    def _send(self, method: str, path: str, body: dict[str, Any] | None, *, login: bool) -> bytes:
        headers = {"Content-Type": "application/json"}
        if login:
            if self._token is None:
                self._token = self._call("POST", "/auth/token", self._login, login=False)["access_token"]
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            self._url + path,
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        # No proxy: the API is on the loopback address, whatever the environment says.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code in (502, 503):
                raise ApiUnreachableError(str(error)) from error
            raise RuntimeError(
                f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}"
            ) from error
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            raise ApiUnreachableError(str(error)) from error
