"""The contact check over HTTP says what it says over SQL, and refuses what it cannot answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from recoup import warehouse
from recoup.gate import web
from recoup.settings import Settings

history: Any = sys.modules["raw_history"]
people: Any = sys.modules["people"]
NOON: datetime = people.NOON
QUESTION = {
    "person_id": "P1", "debt_ids": ["D1"], "contact_point_id": "C1", "channel": "voice", "purpose": "collection",
    "at": NOON.isoformat(),
}  # fmt: skip


@pytest.fixture
def client(ruled: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The routes without the login that the plugin adds; that one is tested under the real API server."""
    history.put(ruled, people.debtor())
    monkeypatch.setattr(web, "load_settings", lambda: ruled)
    web._pool.cache_clear()
    app = FastAPI()
    app.include_router(web.router)
    with TestClient(app) as made:
        yield made
    web._pool().dispose()
    web._pool.cache_clear()


def test_an_allowed_contact_is_reserved_confirmed_and_logged(client: TestClient, ruled: Settings) -> None:
    answer = client.post("/contact_check", json=QUESTION)
    assert answer.status_code == 200
    said = answer.json()
    reservation = {"reservation_id": said.pop("reservation_id")}
    assert said == {
        "allowed": True, "reasons": [], "citations": [], "until": None, "attempts_remaining": 7,
        "owed_amount": "100.0000",
    }  # fmt: skip
    assert client.post("/contact_check/confirm", json=reservation | {"attempt_id": "T1"}).json() == {"confirmed": True}
    assert client.post("/contact_check/release", json=reservation).status_code == 409
    with warehouse.connect("gate_owner", ruled) as owner:
        logged = owner.execute(
            "select asked_by, person_id, is_allowed, reservation_id::text from gate.check_log order by check_id desc"
        ).fetchone()
    assert logged == ("recoup_dialer", "P1", True, reservation["reservation_id"])


def test_a_contact_that_is_not_allowed_says_why_and_until_when(client: TestClient) -> None:
    night = NOON - timedelta(hours=6)
    said = client.post("/contact_check", json=QUESTION | {"at": night.isoformat()}).json()
    assert (said["allowed"], said["reasons"], said["reservation_id"]) == (False, ["NO_CONVENIENT_HOUR"], None)
    assert datetime.fromisoformat(said["until"]) == NOON - timedelta(hours=4)


@pytest.mark.parametrize(
    "change",
    [{"channel": "fax"}, {"purpose": "fun"}, {"at": "2026-03-31T12:00"}, {"debt_ids": "D1"}, {"person": "P1"}],
)
def test_a_question_that_makes_no_sense_is_refused(client: TestClient, change: dict[str, Any]) -> None:
    assert client.post("/contact_check", json=QUESTION | change).status_code == 422


def test_an_unknown_reservation_is_not_found(client: TestClient) -> None:
    unknown = {"reservation_id": "00000000-0000-0000-0000-000000000000"}
    assert client.post("/contact_check/release", json=unknown).status_code == 404


def test_without_rules_nobody_may_be_contacted(client: TestClient, ruled: Settings) -> None:
    with warehouse.connect("transformer", ruled, autocommit=True) as transformer:
        transformer.execute("alter table policy.contact_rules rename to hidden_rules")
        transformer.execute("create table policy.contact_rules (like policy.hidden_rules)")
        try:
            empty = client.post("/contact_check", json=QUESTION)
            transformer.execute("drop table policy.contact_rules")
            absent = client.post("/contact_check", json=QUESTION)
        finally:
            transformer.execute("drop table if exists policy.contact_rules")
            transformer.execute("alter table policy.hidden_rules rename to contact_rules")
    assert (empty.status_code, absent.status_code) == (503, 503)
    assert "no contact rule is loaded" in empty.json()["detail"]


def test_a_connection_that_was_cut_is_replaced(client: TestClient, ruled: Settings) -> None:
    assert client.post("/contact_check", json=QUESTION).status_code == 200
    with warehouse.connect("admin", ruled, ruled.database, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = 'recoup_dialer'"
        )
    assert client.post("/contact_check", json=QUESTION).status_code == 200
