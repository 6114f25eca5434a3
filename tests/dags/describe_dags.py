"""Loads the DAG folder as Airflow's DAG processor does and prints it as JSON. Run in a process of its own."""

from __future__ import annotations

import json
import os
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def described(task: Any) -> dict[str, Any]:
    return {
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "execution_timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "final": [
            (rule.exception_path, rule.action.value) for rule in (task.retry_policy.rules if task.retry_policy else ())
        ],
        "upstream": sorted(task.upstream_task_ids),
        "inlets": [asset.uri for asset in task.inlets],
        "outlets": [asset.uri for asset in task.outlets],
        "sensor": {"mode": task.mode, "timeout": task.timeout} if hasattr(task, "poke_interval") else None,
        "code": list(task.python_callable.__code__.co_consts[1:]) if hasattr(task, "python_callable") else [],
    }


def main() -> None:
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    dags = {
        dag_id: {
            "file": os.path.basename(dag.fileloc),
            "doc_md": dag.doc_md,
            "schedule": f"{dag.timetable.expression} {dag.timetable.timezone}",
            "makes_up_for": dag.timetable.run_immediately,
            "start_date": dag.start_date and dag.start_date.isoformat(),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "dagrun_timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
            "tags": sorted(dag.tags),
            "params": sorted(dag.params),
            "order": [task.task_id for task in dag.topological_sort()],
            "tasks": {task.task_id: described(task) for task in dag.tasks},
        }
        for dag_id, dag in bag.dags.items()
    }
    print("RESULT" + json.dumps({"import_errors": bag.import_errors, "dags": dags}, default=str))


if __name__ == "__main__":
    main()
