"""Killed anywhere and run again, or run twice at once: the state is that of one undisturbed pull."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.sources.adapter import RECORDED_AT

from .conftest import Feed, MemorySource, day, payment, person

ERASED = {"person_id": "N3", "status": "erased", "from_at": "2026-03-02 00:00:00+00"}
ROWS = {
    "status_events": [ERASED | {RECORDED_AT: "2026-03-02 00:00:00+00"}, ERASED | {"status": "unheard of"}],
    "persons": [person(n) for n in range(5)],
    "payments": [
        *(payment(n) for n in range(6)),
        payment(1, status="failed", **{RECORDED_AT: "2026-03-03 00:00:00+00"}),
    ],
}


def terminate_loader(feed: Feed) -> None:
    with warehouse.connect("admin", feed.settings) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'recoup_loader' and datname = %s",
            [feed.settings.database],
        )


@pytest.mark.parametrize("entity", ["status_events", "persons", "payments"])
def test_a_pull_cut_short_and_run_again_ends_as_if_nothing_had_happened(feed: Feed, entity: str) -> None:
    feed.pull(day(10), **ROWS)
    undisturbed = feed.state()
    feed.reset()

    def cut(name: str) -> None:
        if name == entity:
            terminate_loader(feed)

    feed.source.before_entity = cut
    with pytest.raises(RecoupError):
        feed.pull(day(10), **ROWS)
    assert feed.query(f"select count(*) from raw_ledger.{entity}") == [(0,)]
    feed.source.before_entity = lambda name: None
    counts = feed.pull(day(10))
    assert counts == {"read": 14, "loaded": 13, "held": 0, "rejected": 1}
    assert feed.state() == undisturbed
    assert feed.query("select count(*), count(finished_at) from raw_ledger.batches") == [(1, 1)]


def test_history_stays_history_if_the_first_batch_was_cut_short_and_another_day_goes_on(feed: Feed) -> None:
    feed.source.before_entity = lambda name: terminate_loader(feed) if name == "payments" else None
    with pytest.raises(RecoupError):
        feed.pull(day(10), persons=[person(1)], payments=[payment(1)])
    feed.source.before_entity = lambda name: None
    feed.pull(day(11))
    assert feed.query("select _known_at = source_recorded_at from raw_ledger.payments") == [(True,)]


def test_two_pulls_at_once_give_one_state(feed: Feed) -> None:
    feed.pull(day(10), **ROWS)
    versions = "select count(*) from raw_ledger.payments"
    undisturbed = feed.query(versions)
    feed.reset()
    second_may_start = threading.Event()
    results: list[Any] = []

    def wait_for_second(name: str) -> None:
        if name == "payments" and not second_may_start.is_set():
            second_may_start.set()
            # The second pull is at the lock by now, or will be; it must not get past it while this one works.
            threading.Event().wait(0.5)

    feed.source = MemorySource(ROWS, before_entity=wait_for_second)
    feed.pull(day(9), accounts=[])
    feed.source.rows = ROWS

    def second() -> None:
        second_may_start.wait(20)
        results.append(feed.pull(day(10)))

    thread = threading.Thread(target=second)
    thread.start()
    results.append(feed.pull(day(10)))
    thread.join()
    assert sorted(counts["loaded"] for counts in results) == [0, 13]
    assert feed.query(versions) == undisturbed


def test_a_pull_that_waits_too_long_for_another_says_so(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recoup.landing.batches._LOCK_WAIT", "100ms")
    with warehouse.connect("loader", feed.settings) as other:
        other.execute("select pg_advisory_lock(%s, hashtext('ledger'))", [0x7265636F])
        with pytest.raises(RecoupError, match="Another pull of the ledger feed"):
            feed.pull(day(10), **ROWS)


def test_a_company_without_the_source_gets_a_batch_that_says_so(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from recoup.landing import stages

    monkeypatch.setattr(stages, "open_source", lambda name, settings: None)
    nothing = {"read": 0, "loaded": 0, "held": 0, "rejected": 0}
    for _ in range(2):
        assert stages.pull_billing_ledger(day(10), feed.settings) == nothing
    assert feed.query("select is_absent, finished_at is null from raw_ledger.batches") == [(True, False)]
    feed.pull(day(11), payments=[payment(1)])
    assert feed.query("select _known_at = source_recorded_at from raw_ledger.payments") == [(True,)]


def test_a_statement_that_takes_too_long_is_one_sentence(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from recoup.landing import stages

    monkeypatch.setattr(stages, "_STATEMENT_TIMEOUT", "200ms")
    feed.source.before_entity = lambda name: threading.Event().wait(1) and None
    with pytest.raises(RecoupError, match=r"Landing persons was given up .*statement timeout.*nothing of it was kept"):
        feed.pull(day(10), persons=[person(1), person(2)])
    assert feed.query("select count(*) from raw_ledger.persons") == [(0,)]
