"""An outage or a wrong login is one sentence that says what to do, and never shows a password."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from recoup import pipeline, warehouse
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import connection as connections


def sentence_of(error: pytest.ExceptionInfo[RecoupError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_a_wrong_password_names_role_and_variable(warehouse_: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RECOUP_PASSWORD_SCORER", "not-the-password")
    with pytest.raises(RecoupError) as error:
        warehouse.connect("scorer", warehouse_)
    assert "refuses the password of recoup_scorer" in sentence_of(error)
    assert "not-the-password" not in str(error.value)


def test_a_stopped_server_is_named_with_the_command_that_starts_it(
    warehouse_: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RECOUP_URL_SCORER", "postgresql://someone:secret@127.0.0.1:1/recoup")
    with pytest.raises(RecoupError) as error:
        warehouse.connect("scorer", warehouse_)
    assert "No Postgres server answers at 127.0.0.1:1: start it with `recoup start`" in sentence_of(error)
    assert "secret" not in str(error.value)


def test_an_unknown_host_is_called_unknown(warehouse_: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RECOUP_URL_SCORER", "postgresql://someone:secret@no-such-host.invalid/recoup")
    with pytest.raises(RecoupError) as error:
        warehouse.connect("scorer", warehouse_)
    assert "The host of the Postgres server at no-such-host.invalid is unknown" in sentence_of(error)


def test_a_full_server_asks_to_free_connections(warehouse_: Settings):
    with warehouse.connect("admin", warehouse_, autocommit=True) as admin:
        admin.execute("alter role recoup_gate_owner connection limit 0")
        try:
            with pytest.raises(RecoupError) as error:
                warehouse.connect("gate_owner", warehouse_)
        finally:
            admin.execute("alter role recoup_gate_owner connection limit -1")
    assert "has no connection left" in sentence_of(error)


def test_a_database_that_is_not_there_asks_for_init(warehouse_: Settings):
    with pytest.raises(RecoupError) as error:
        warehouse.connect("scorer", replace(warehouse_, database="nowhere"))
    assert "into the database nowhere" in sentence_of(error)
    assert "run `recoup init`" in str(error.value)


def test_a_server_too_old_is_refused(warehouse_: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "MINIMUM_VERSION", 99)
    with pytest.raises(RecoupError) as error:
        warehouse.connect("scorer", warehouse_)
    assert "is version 18; Recoup needs 99 or later" in sentence_of(error)


def test_a_url_of_another_database_system_is_refused(warehouse_: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RECOUP_URL_SCORER", "mysql://someone@host/db")
    with pytest.raises(RecoupError, match="must look like postgresql://"):
        warehouse.connect("scorer", warehouse_)


def test_a_server_that_stops_while_we_work_loses_nothing_and_says_so(warehouse_: Settings):
    def work() -> None:
        with warehouse.connect("auditor", warehouse_) as connection:
            connection.execute("create table audit.half_written (value integer)")
            with warehouse.connect("admin", warehouse_, autocommit=True) as admin:
                admin.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
            connection.execute("insert into audit.half_written values (1)")

    with pytest.raises(RecoupError) as error:
        work()
    assert "was stopped while we worked; nothing was half written" in sentence_of(error)
    with warehouse.connect("admin", warehouse_) as admin:
        assert admin.execute("select to_regclass('audit.half_written')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk of the Postgres server is full"),
        (psycopg.errors.OutOfMemory("out of memory"), "ran out of memory"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "ended the connection"),
        (psycopg.OperationalError("connection timeout expired"), "cannot be reached in time"),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), "is starting or stopping"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_each_outage_has_its_own_sentence(error: psycopg.Error, words: str):
    explained = warehouse.explained(error)
    assert isinstance(explained, RecoupError)
    assert words in str(explained)


@pytest.mark.parametrize("kind", [psycopg.errors.LockNotAvailable, psycopg.errors.SerializationFailure,
                                  psycopg.errors.UniqueViolation, psycopg.errors.QueryCanceled])  # fmt: skip
def test_what_is_no_outage_stays_what_it_is(kind: type[psycopg.Error]):
    error = kind("that is for the caller")
    assert warehouse.explained(error) is error


def test_a_stage_that_meets_a_full_disk_fails_with_the_sentence_and_leaves_it_in_the_ledger(
    warehouse_: Settings, monkeypatch: pytest.MonkeyPatch
):
    def stage(day: Day, settings: Settings) -> dict[str, int]:
        raise psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr(pipeline, "load_stage", lambda name: stage)
    day = Day.closing(date(2026, 3, 31), "UTC")
    with pytest.raises(RecoupError, match="disk of the Postgres server is full"):
        pipeline.run_stage("pull_billing_ledger", day, warehouse_)
    with warehouse.connect("auditor", warehouse_) as connection:
        assert connection.execute("select stage, status from audit.run_ledger").fetchall() == [
            ("pull_billing_ledger", "failed")
        ]


@pytest.fixture(scope="module")
def warehouse_(module_warehouse: Settings) -> Settings:
    """The module's warehouse under a name that leaves `warehouse` to the package."""
    return module_warehouse
