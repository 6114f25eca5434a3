"""The day's DAGs, in order, in this one process: `python -m recoup.airflow_runtime.one_process`.

For the demo and for tests: no scheduler, no API server, throw-away metadata, each task run where it stands. It is
started with the variables of `environment.for_one_process` and writes one line of JSON per DAG to its result file.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from recoup.pipeline import STAGES


def dag_order() -> list[str]:
    """The DAGs of the day, each before those that need it."""
    return list(dict.fromkeys(stage.dag_id for stage in STAGES))


def run_dag(file: Path, as_of_date: str, recorded_at: datetime) -> dict[str, Any]:
    """Run the DAG that `file` defines for one day.

    Returns:
        Its id, its seconds, the state of each task, and `green`: every task of the DAG ran and succeeded. A run whose
        tasks never ran succeeds in Airflow's eyes; here it does not.
    """
    dag_id = file.stem
    started = time.monotonic()
    dag = runpy.run_path(str(file))[dag_id]()
    for task in dag.tasks:
        task.retries = 0  # the first failure is reported at once
    run = dag.test(logical_date=recorded_at, run_after=recorded_at, run_conf={"as_of_date": as_of_date})
    states = {instance.task_id: str(instance.state or "none") for instance in run.get_task_instances()}
    return {
        "dag_id": dag_id,
        "seconds": round(time.monotonic() - started, 3),
        "tasks": states,
        "green": set(states) == set(dag.task_ids) and all(state == "success" for state in states.values()),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the DAGs until one is not green. Returns 0 if all were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of-date", required=True)
    parser.add_argument("--recorded-at", required=True, type=datetime.fromisoformat)
    parser.add_argument("--result", required=True, type=Path)
    options = parser.parse_args(arguments)
    folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    for dag_id in dag_order():
        outcome = run_dag(folder / f"{dag_id}.py", options.as_of_date, options.recorded_at)
        with options.result.open("a", encoding="utf-8") as out:
            out.write(json.dumps(outcome) + "\n")
        if not outcome["green"]:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
