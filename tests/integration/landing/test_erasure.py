"""A person erased by command: the vault is empty at once and for good, and the event is a fact like any other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recoup.errors import RecoupError
from recoup.landing.erasure import EVIDENCE, erase_person
from recoup.sources.adapter import RECORDED_AT

from .conftest import Feed, Row, day, payment, person

NOON = datetime(2026, 3, 11, 16, tzinfo=UTC)
POINT: Row = {
    "contact_point_id": "C1", "person_id": "N1", "medium": "voice", "address": "+12125550147",
    "valid_from": "2026-03-01 12:00:00+00",
}  # fmt: skip


def test_an_erased_person_is_gone_from_the_vault_and_no_reload_brings_them_back(feed: Feed) -> None:
    feed.pull(day(10), persons=[person(1), person(2)], contact_points=[POINT], payments=[payment(1)])
    done = erase_person("N1", day(10), NOON, feed.settings)
    assert (done.contact_points, done.was_erased) == (1, False)
    vault = "select person_id, full_name, is_erased from vault.persons order by 1"
    assert feed.query(vault) == [("N1", None, True), ("N2", "Name 2", False)]
    renamed = person(1, full_name="Another name", **{RECORDED_AT: "2026-03-12 12:00:00+00"})
    feed.pull(day(12), persons=[renamed], contact_points=[POINT | {"contact_point_id": "C2"}], payments=[payment(1)])
    assert feed.query(vault) == [("N1", None, True), ("N2", "Name 2", False)]
    assert feed.query("select contact_point_id, address from vault.contact_points order by 1") == [
        ("C1", None),
        ("C2", None),
    ]


def test_an_erasure_is_an_event_known_from_its_instant_on_and_the_ledger_stays_whole(feed: Feed) -> None:
    feed.pull(day(10), persons=[person(1)], payments=[payment(1)])
    kept = {table: rows for table, rows in feed.state().items() if table.startswith("raw_ledger")}
    erase_person("N1", day(10), NOON, feed.settings)
    assert feed.query(
        "select person_id, status, from_at, _known_at, evidence_ref, account_id from raw_ledger.status_events"
    ) == [("N1", "erased", NOON, NOON, EVIDENCE, None)]
    after = feed.state()
    assert {table: after[table] for table in kept if table != "raw_ledger.status_events"} == {
        table: rows for table, rows in kept.items() if table != "raw_ledger.status_events"
    }


def test_erasing_again_changes_nothing_and_the_next_pull_asks_for_no_status_events(feed: Feed) -> None:
    feed.pull(day(10), persons=[person(1)], payments=[payment(1)])
    erase_person("N1", day(10), NOON, feed.settings)
    state = feed.state()
    assert erase_person("N1", day(10), NOON, feed.settings).was_erased
    assert feed.state() == state
    # The source never delivered status events: that ours lies there does not make it owe any.
    assert feed.pull(day(11))["loaded"] == 0


def test_who_was_never_heard_of_is_not_erased(feed: Feed) -> None:
    feed.pull(day(10), persons=[person(1)], payments=[payment(1)])
    with pytest.raises(RecoupError, match="No source ever named a person N9"):
        erase_person("N9", day(10), NOON, feed.settings)
    assert feed.query("select count(*) from raw_ledger.status_events") == [(0,)]
