"""Lists go to a real SFTP server, to S3 and to an HTTP service through Airflow's own hooks and connections: once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recoup import warehouse as server
from recoup.airflow_runtime import environment
from recoup.company import load_company
from recoup.settings import Settings

from .sftp_server import Server, sftp_server

HERE = Path(__file__).parent
COMPANY = """
company: small
time_zone: America/New_York
reporting_currency: USD
handover:
  targets:
    - {{name: dialer, format: vicidial, delivery: {delivery}}}
sources:
  billing_ledger: {{kind: sql, database: billing_ledger}}
"""
LIST = """
set local session_replication_role = replica;
insert into lists.manifest values
    ('2026-04-01', 1, '2026-03-31', 2, 0, 2, 0, repeat('0', 64), '2026-04-01 09:00+00', 'rules-1', 'reach-1');
insert into lists.contact_priority
select '2026-04-01', 1, '2026-03-31', i, 'A' || i, 'P' || i, null, 'voice', 'C' || i, '2026-04-01 13:00+00',
    '2026-04-01 14:00+00', 1, 0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 'USD', 1, '1-30', null,
    tstzmultirange(tstzrange('2026-04-01 12:00+00', '2026-04-02 01:00+00')), array['America/New_York'], 1,
    '2026-04-02 01:00+00', 'call', 'standard', 'standard', array['X'], 'treated', 'm', 'r', 'run', repeat('a', 64)
from generate_series(1, 2) as i;
insert into vault.contact_points
select 'C' || i, 'P' || i, 'voice', '+1212555000' || i, now(), now(), false from generate_series(1, 2) as i;
"""
FILE = "small_dialer_2026-04-01_v1_20260401T1300Z_00001.txt"
NAMES = [FILE, "small_dialer_2026-04-01_v1.sha256", "small_dialer_2026-04-01_v1.manifest.json"]

Deliver = Callable[..., tuple[list[dict[str, Any]], dict[str, str]]]


@pytest.fixture
def deliver(
    settings_factory: Callable[..., Settings], airflow_variables: dict[str, str], tmp_path: Path
) -> Callable[..., Deliver]:
    """Publish a list for a company with one target, and give what delivers it so many times."""

    def with_target(delivery: str, **connections: str) -> Deliver:
        file = tmp_path / "company.yml"
        file.write_text(COMPANY.format(delivery=delivery), encoding="utf-8")
        made = settings_factory(company=load_company(file), company_file=file)
        with server.connect("admin", made, made.database) as connection:
            connection.execute(LIST)
        variables = {f"AIRFLOW_CONN_{name.upper()}": value for name, value in connections.items()}

        def run(times: int, *options: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
            done = subprocess.run(
                [sys.executable, str(HERE / "deliver.py"), "2026-03-31", str(times), *options],
                env=os.environ | airflow_variables | environment.settings_variables(made) | variables,
                capture_output=True, text=True, timeout=180, check=False,
            )  # fmt: skip
            lines = done.stdout.splitlines()
            found = [json.loads(line.removeprefix("RESULT")) for line in lines if line.startswith("RESULT")]
            assert len(found) == times, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            stored = [json.loads(line.removeprefix("STORED")) for line in lines if line.startswith("STORED")]
            return found, stored[0] if stored else {}

        run.settings = made  # type: ignore[attr-defined]
        return run

    return with_target


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    root = tmp_path / "remote"
    (root / "in").mkdir(parents=True)
    with sftp_server(root) as running:
        yield running, root / "in"


def test_a_list_goes_to_an_sftp_server_once(deliver: Callable[..., Any], sftp: tuple[Server, Path]) -> None:
    running, inbox = sftp
    connection = json.dumps(
        {"conn_type": "sftp", "host": "127.0.0.1", "port": running.port, "login": "recoup", "password": "secret",
         "extra": {"host_key": running.host_key}}
    )  # fmt: skip
    run = deliver("{kind: sftp, connection: to_dialer, path: /in}", to_dialer=connection)
    assert run(3, "forget")[0] == [
        {"dialer": {"brought": 3, "found": 0, "before": 0, "rows": 2}},
        {"dialer": {"brought": 0, "found": 1, "before": 2, "rows": 2}},
        {"dialer": {"brought": 0, "found": 0, "before": 1, "rows": 0}},
    ]
    assert sorted(path.name for path in inbox.iterdir()) == sorted(NAMES)
    assert (inbox / FILE).read_text(encoding="utf-8").count("\n") == 2
    assert [Path(name).name for name in running.opened] == [f".{name}.partial" for name in NAMES]


def test_an_sftp_server_that_holds_another_file_keeps_it(
    deliver: Callable[..., Any], sftp: tuple[Server, Path]
) -> None:
    running, inbox = sftp
    (inbox / FILE).write_text("another's")
    extra = json.dumps({"host_key": running.host_key})
    connection = json.dumps(
        {"conn_type": "sftp", "host": "127.0.0.1", "port": running.port, "login": "recoup", "password": "secret",
         "extra": extra}
    )  # fmt: skip
    (said,), _ = deliver("{kind: sftp, connection: to_dialer, path: /in}", to_dialer=connection)(1)
    assert "The target dialer was not reached" in said["error"]
    assert "holds another file" in said["error"]
    assert (inbox / FILE).read_text() == "another's"


def test_a_list_goes_to_s3_once_with_its_checksum(deliver: Callable[..., Any]) -> None:
    connection = json.dumps(
        {"conn_type": "aws", "login": "key", "password": "secret", "extra": {"region_name": "us-east-1"}}
    )
    run = deliver("{kind: s3, connection: store, bucket: lists, prefix: day}", store=connection)
    said, stored = run(2, "s3")
    assert said[0] == {"dialer": {"brought": 3, "found": 0, "before": 0, "rows": 2}}
    assert said[1] == {"dialer": {"brought": 0, "found": 0, "before": 1, "rows": 0}}
    assert set(stored) == {f"day/{name}" for name in NAMES}
    with server.connect("dialer", run.settings) as opened:
        recorded = dict(opened.execute("select 'day/' || file, sha256 from lists.deliveries").fetchall())
    assert recorded == stored


@pytest.fixture
def http() -> Iterator[tuple[int, dict[str, bytes], list[str]]]:
    """A service that takes files by PUT and gives their checksum back on HEAD."""
    files: dict[str, bytes] = {}
    log: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            log.append(f"PUT {self.path}")
            assert self.headers["X-Content-SHA256"] == hashlib.sha256(body).hexdigest()
            files[self.path] = body
            self.send_response(201)
            self.end_headers()

        def do_HEAD(self) -> None:
            self.send_response(200 if self.path in files else 404)
            if self.path in files:
                self.send_header("X-Content-SHA256", hashlib.sha256(files[self.path]).hexdigest())
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    yield service.server_port, files, log
    service.shutdown()
    service.server_close()
    thread.join(30)


def test_a_list_goes_to_an_http_service_once(
    deliver: Callable[..., Any], http: tuple[int, dict[str, bytes], list[str]]
) -> None:
    port, files, log = http
    run = deliver("{kind: http, connection: api, path: lists}", api=f"http://127.0.0.1:{port}")
    assert run(3, "forget")[0] == [
        {"dialer": {"brought": 3, "found": 0, "before": 0, "rows": 2}},
        {"dialer": {"brought": 0, "found": 1, "before": 2, "rows": 2}},
        {"dialer": {"brought": 0, "found": 0, "before": 1, "rows": 0}},
    ]
    assert list(files) == [f"/lists/{name}" for name in NAMES]
    assert len(log) == 3
