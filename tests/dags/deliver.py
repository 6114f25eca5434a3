"""Calls the delivery's tasks as Airflow does, with S3 made up in this process. Run in a process of its own."""

from __future__ import annotations

import contextlib
import json
import sys

from recoup import warehouse
from recoup.airflow_runtime import tasks
from recoup.errors import RecoupError
from recoup.settings import load_settings


def forget_the_last() -> None:
    """As if the sender had been killed between the upload of the manifest and its record."""
    settings = load_settings()
    with warehouse.connect("admin", settings, settings.database) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute("delete from lists.deliveries where file like '%%.manifest.json'")


def main() -> None:
    day = {"as_of_date": sys.argv[1], "recorded_at": f"{sys.argv[1]}T23:59:59+00:00"}
    with contextlib.ExitStack() as stack:
        if "s3" in sys.argv[3:]:
            import boto3
            from moto import mock_aws

            stack.enter_context(mock_aws())
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lists")
        for time in range(int(sys.argv[2])):
            if time == 1 and "forget" in sys.argv[3:]:
                forget_the_last()
            try:
                said: dict[str, object] = dict(tasks.deliver_lists(day))
            except RecoupError as error:
                said = {"error": str(error)}
            print("RESULT" + json.dumps(said))
        if "s3" in sys.argv[3:]:
            client = boto3.client("s3", region_name="us-east-1")
            names = [found["Key"] for found in client.list_objects_v2(Bucket="lists")["Contents"]]
            told = {name: client.head_object(Bucket="lists", Key=name)["Metadata"]["sha256"] for name in names}
            print("STORED" + json.dumps(told))


if __name__ == "__main__":
    main()
