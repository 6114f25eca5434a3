"""The DAGs as Airflow loads them, described by a process of its own: Airflow never enters the test process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def dag_files() -> list[Path]:
    files = sorted((PROJECT / "dags").glob("*.py"))
    assert files, "no DAG files found: the other tests would pass on nothing"
    return files


@pytest.fixture(scope="session")
def airflow_variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'metadata.db'}",
    }


@pytest.fixture(scope="session")
def loaded(airflow_variables: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("describe_dags.py"))],
        env=airflow_variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    assert found, f"the DAG folder could not be loaded:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    result: dict[str, Any] = json.loads(found[-1].removeprefix("RESULT"))
    return result


@pytest.fixture(scope="session")
def dags(loaded: dict[str, Any]) -> dict[str, Any]:
    assert loaded["dags"], "no DAG was loaded: the other tests would pass on nothing"
    described: dict[str, Any] = loaded["dags"]
    return described
