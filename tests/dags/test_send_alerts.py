"""The day's alerts go out through a real Airflow notifier: in one message, and once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recoup import alerting
from recoup import warehouse as server
from recoup.airflow_runtime import environment
from recoup.company import load_company
from recoup.day import Day
from recoup.settings import Settings

HERE = Path(__file__).parent
DAY = Day.closing(date(2026, 3, 31), "America/New_York")
COMPANY = """
company: small
time_zone: America/New_York
reporting_currency: USD
alerts:
  notifier:
    class: {path}
    arguments: {{path: "{file}", subject: "{{{{ alerts_subject }}}}", text: "{{{{ alerts_text }}}}"}}
sources:
  billing_ledger: {{kind: sql, database: billing_ledger}}
"""
ALERTS = """
create table monitoring.alerts (
    alert_id text, as_of_date date, kind text, severity text, account_id text, metric text, currency text,
    amount numeric(20, 4), headline text, what_to_do text, evidence_key text
);
insert into monitoring.alerts values
    ('a1', '2026-03-31', 'newly_overdue', 'normal', 'A1', null, 'USD', 300, '300.00 USD newly past due', 'Ask.', 'A1'),
    ('a2', '2026-03-31', 'broken_promise', 'high', 'A2', null, 'USD', 2000, '2,000.00 USD not paid', 'Agree.', 'R2'),
    ('a0', '2026-03-30', 'newly_overdue', 'normal', 'A0', null, 'USD', 300, 'yesterday', 'Ask.', 'A0');
"""

Sender = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    return tmp_path / "messages.jsonl"


@pytest.fixture
def settings(settings_factory: Callable[..., Settings], sent: Path, tmp_path: Path) -> Settings:
    file = tmp_path / "company.yml"
    file.write_text(COMPANY.format(path="file_notifier.FileNotifier", file=sent), encoding="utf-8")
    made = settings_factory(company=load_company(file), company_file=file)
    with server.connect("transformer", made) as connection:
        connection.execute(ALERTS)
    return made


@pytest.fixture
def send(settings: Settings, airflow_variables: dict[str, str]) -> Sender:
    """Run the task's function as often as asked for; gives what it returned."""

    def run(times: int) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, str(HERE / "send_alerts.py"), "2026-03-31", str(times)],
            env=os.environ | airflow_variables | environment.settings_variables(settings) | {"PYTHONPATH": str(HERE)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        found = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
        assert len(found) == times, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return [json.loads(line.removeprefix("RESULT")) for line in found]

    return run


def messages(sent: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in sent.read_text(encoding="utf-8").splitlines()] if sent.exists() else []


def test_a_retry_sends_nothing_twice_and_a_new_alert_is_sent_alone(
    send: Sender, settings: Settings, sent: Path
) -> None:
    assert send(2) == [{"sent": 2}, {"sent": 0}]
    (message,) = messages(sent)
    assert message["subject"] == "small: 2 alerts for 2026-04-01, 1 of high severity"
    assert message["text"].index("A2: 2,000.00 USD not paid") < message["text"].index("A1: 300.00 USD newly past due")
    assert "yesterday" not in message["text"]
    assert message["run"] == "by_hand"
    with server.connect("transformer", settings) as connection:
        connection.execute(
            "insert into monitoring.alerts values"
            " ('a3', '2026-03-31', 'kpi_outside_band', 'high', null, 'dso', 'USD', null, 'dso is 50', 'Look.', 'dso')"
        )
    assert send(1) == [{"sent": 1}]
    assert len(messages(sent)) == 2
    assert "A1" not in messages(sent)[1]["text"]


def test_what_could_not_be_sent_is_sent_by_the_retry(send: Sender, sent: Path) -> None:
    broken = Path(f"{sent}.broken")
    broken.touch()
    assert send(1) == [{"error": "ConnectionError: the line is down"}]
    broken.unlink()
    assert send(1) == [{"sent": 2}]
    assert len(messages(sent)) == 1


def test_without_a_notifier_the_task_says_so_and_succeeds(
    settings_factory: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recoup.airflow_runtime import tasks
    from recoup.schedule import to_xcom

    for name, value in environment.settings_variables(settings_factory()).items():
        monkeypatch.setenv(name, value)
    assert tasks.send_alerts(to_xcom(DAY), {}) == {"sent": 0}
    assert "no notifier is configured" in capsys.readouterr().out


def test_two_tasks_at_once_send_one_message(settings: Settings) -> None:
    late: list[list[alerting.Alert]] = []

    def another() -> None:
        with alerting.unsent(DAY, settings, "another") as alerts:
            late.append(alerts)

    with alerting.unsent(DAY, settings, "one") as mine:
        thread = threading.Thread(target=another)
        thread.start()
        thread.join(timeout=1)
        assert thread.is_alive(), "the second does not wait for the first"
    thread.join(timeout=30)
    assert len(mine) == 2
    assert late == [[]]


def test_what_was_sent_cannot_be_taken_back(settings: Settings) -> None:
    with alerting.unsent(DAY, settings, "one"):
        pass
    for statement in ("delete from audit.sent_alerts", "update audit.sent_alerts set notifier = 'x'"):
        with (
            pytest.raises(psycopg.errors.RaiseException, match="what was sent stays sent"),
            server.connect("auditor", settings) as connection,
        ):
            connection.execute(statement)


def test_a_long_message_names_the_largest_and_counts_the_rest(settings: Settings) -> None:
    alerts = [
        alerting.Alert(f"a{n}", "newly_overdue", "normal", f"A{n}", None, "USD", None, f"H{n}.", "Ask.")
        for n in range(alerting.MOST_IN_A_MESSAGE + 7)
    ]
    text = alerting.message(alerts, DAY, settings).text
    assert "And 7 more in monitoring.alerts." in text
    assert text.count("Ask.") == alerting.MOST_IN_A_MESSAGE
