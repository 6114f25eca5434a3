"""Calls the task's function as Airflow does, with a DAG and a run in its context. Run in a process of its own."""

from __future__ import annotations

import json
import sys

from airflow.sdk import DAG

from recoup.airflow_runtime import tasks
from recoup.errors import RecoupError


def main() -> None:
    day = {"as_of_date": sys.argv[1], "recorded_at": f"{sys.argv[1]}T23:59:59+00:00"}
    context = {"dag": DAG("publish_contact_lists", schedule=None), "run_id": "by_hand"}
    for _ in range(int(sys.argv[2])):
        try:
            said = tasks.send_alerts(day, context)
        except (ConnectionError, RecoupError) as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        print("RESULT" + json.dumps(said))


if __name__ == "__main__":
    main()
