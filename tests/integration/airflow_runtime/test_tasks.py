"""A task runs its stage inside the stage's time limit, in Postgres too."""

from __future__ import annotations

import contextlib
import os
from datetime import date, timedelta

import psycopg2
import pytest

from recoup import warehouse as server
from recoup.airflow_runtime import environment, tasks
from recoup.day import Day
from recoup.run_ledger import recorded
from recoup.schedule import to_xcom
from recoup.settings import Settings

DAY = Day.closing(date(2026, 3, 31), "America/New_York")


def test_every_connection_opened_in_a_task_has_its_statement_timeout(warehouse: Settings) -> None:
    with tasks.statement_timeout(timedelta(seconds=90)):
        with server.connect("auditor", warehouse) as ours:
            assert ours.execute("show statement_timeout").fetchone() == ("90s",)
            assert ours.execute("show timezone").fetchone() == ("UTC",)
        theirs = psycopg2.connect(server.url("transformer", warehouse))  # as dbt connects
        with theirs.cursor() as cursor:
            cursor.execute("show statement_timeout")
            assert cursor.fetchone() == ("90s",)
        theirs.close()
    with server.connect("auditor", warehouse) as after:
        assert after.execute("show statement_timeout").fetchone() == ("0",)


def test_the_callers_own_options_of_postgres_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=8MB")
    with tasks.statement_timeout(timedelta(seconds=1)):
        assert os.environ["PGOPTIONS"] == "-c work_mem=8MB -c statement_timeout=1000"
    assert os.environ["PGOPTIONS"] == "-c work_mem=8MB"


def test_a_dag_waits_until_every_stage_that_it_needs_has_succeeded(
    warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.settings_variables(warehouse).items():
        monkeypatch.setenv(name, value)
    needed = ["audit_billing_ledger", "audit_contact_center"]
    assert not tasks.have_succeeded(needed, to_xcom(DAY))
    with recorded("audit_billing_ledger", DAY, warehouse):
        pass
    assert not tasks.have_succeeded(needed, to_xcom(DAY))
    with recorded("audit_contact_center", DAY, warehouse):
        assert not tasks.have_succeeded(needed, to_xcom(DAY))
    assert tasks.have_succeeded(needed, to_xcom(DAY))
    another_day = Day.closing(date(2026, 4, 1), "America/New_York")
    assert not tasks.have_succeeded(needed, to_xcom(another_day))


def test_a_training_that_failed_does_not_keep_the_lists_waiting(
    warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.settings_variables(warehouse).items():
        monkeypatch.setenv(name, value)
    assert not tasks.have_ended(["train_reach_model"], to_xcom(DAY))
    with contextlib.suppress(ZeroDivisionError), recorded("train_reach_model", DAY, warehouse):
        assert not tasks.have_ended(["train_reach_model"], to_xcom(DAY)), "it still runs"
        raise ZeroDivisionError
    assert tasks.have_ended(["train_reach_model"], to_xcom(DAY))
    assert not tasks.have_succeeded(["train_reach_model"], to_xcom(DAY))
    assert not tasks.have_ended(["train_reach_model", "train_payment_model"], to_xcom(DAY))
