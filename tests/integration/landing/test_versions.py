"""Which versions a pull adds, and when each is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recoup.errors import RecoupError
from recoup.sources.adapter import RECORDED_AT

from .conftest import Feed, Row, day, payment, person

VERSIONS = "select status, _known_at from raw_ledger.payments order by _key, _known_at"


def at(hour: int, number: int = 1) -> str:
    return f"2026-03-{number:02d} {hour:02d}:00:00+00"


def test_history_is_known_when_the_source_learned_it_and_later_rows_when_we_did(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1, **{RECORDED_AT: at(5)})])
    feed.pull(day(11), payments=[payment(2, **{RECORDED_AT: at(6, 11)})])
    known = feed.query("select _known_at, _recorded_at, source_recorded_at from raw_ledger.payments order by _key")
    assert known == [
        (datetime(2026, 3, 1, 5, tzinfo=UTC), day(10).recorded_at, datetime(2026, 3, 1, 5, tzinfo=UTC)),
        (day(11).recorded_at, day(11).recorded_at, datetime(2026, 3, 11, 6, tzinfo=UTC)),
    ]


def test_versions_that_come_together_keep_their_order(feed: Feed) -> None:
    history = [
        payment(1, status="failed", **{RECORDED_AT: at(7)}),
        payment(1, status="pending", **{RECORDED_AT: at(6)}),
        payment(1, status="pending", **{RECORDED_AT: at(8)}),
    ]
    assert feed.pull(day(10), payments=history) == {"read": 3, "loaded": 3, "held": 0, "rejected": 0}
    assert feed.query(VERSIONS) == [
        (status, datetime(2026, 3, 1, hour, tzinfo=UTC))
        for status, hour in (("pending", 6), ("failed", 7), ("pending", 8))
    ]


def test_versions_that_come_together_later_end_at_the_batch_s_clock(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1, status="pending")])
    feed.pull(
        day(11),
        payments=[
            payment(1, status="failed", **{RECORDED_AT: at(1, 11)}),
            payment(1, status="pending", **{RECORDED_AT: at(2, 11)}),
            payment(1, status="pending", **{RECORDED_AT: at(3, 11)}),
            payment(1, status="settled", **{RECORDED_AT: at(4, 11)}),
        ],
    )
    clock = day(11).recorded_at
    assert feed.query(VERSIONS)[1:] == [
        ("failed", clock - timedelta(microseconds=2)),
        ("pending", clock - timedelta(microseconds=1)),
        ("settled", clock),
    ]


def test_a_version_that_was_overtaken_before_we_saw_it_changes_nothing(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1, status="settled", **{RECORDED_AT: at(9)})])
    late = payment(1, status="pending", **{RECORDED_AT: at(8)})
    assert feed.pull(day(11), payments=[late]) == {"read": 1, "loaded": 0, "held": 1, "rejected": 0}
    assert [status for status, _ in feed.query(VERSIONS)] == ["settled"]


def test_a_correction_without_a_clock_is_a_version_even_if_it_dates_the_fact_back(feed: Feed) -> None:
    # The source keeps no recorded_at: its rows stand at their effective instant, which may itself be corrected.
    first, second = payment(1), payment(1, attempted_at="2026-02-01 12:00:00+00")
    for row in (first, second):
        del row[RECORDED_AT]
    feed.pull(day(10), payments=[first])
    assert feed.pull(day(11), payments=[second])["loaded"] == 1
    attempted = feed.query("select attempted_at from raw_ledger.payments order by _known_at desc limit 1")
    assert attempted == [(datetime(2026, 2, 1, 12, tzinfo=UTC),)]


def test_a_key_twice_is_a_contradiction_where_the_source_keeps_no_clock(feed: Feed) -> None:
    rows = [payment(1), payment(1, attempted_at="2026-02-01 12:00:00+00"), payment(2)]
    for row in rows:
        del row[RECORDED_AT]
    assert feed.pull(day(10), payments=rows) == {"read": 3, "loaded": 1, "held": 0, "rejected": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"amount_cents": "100"}, {"amount_cents": "0100"}),
        ({"attempted_at": "2026-03-01 12:00:00+00"}, {"attempted_at": "2026-03-01T07:00:00-05:00"}),
        ({"decline_code": None}, {"decline_code": ""}),
    ],
)
def test_another_spelling_of_the_same_is_no_version(feed: Feed, first: dict[str, str], second: dict[str, str]) -> None:
    feed.pull(day(10), payments=[payment(1, **first)])
    assert feed.pull(day(11), payments=[payment(1, **second)])["loaded"] == 0


def test_a_null_is_not_mistaken_for_its_neighbour(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1, decline_code="x", provider=None)])
    assert feed.pull(day(11), payments=[payment(1, decline_code=None, provider="x")])["loaded"] == 1


def test_keys_of_several_columns_never_collide(feed: Feed) -> None:
    def price(account: str, item: str) -> dict[str, str | None]:
        return {
            "account_id": account, "item": item, "kind": "price", "price_cents": "1", "period": "month",
            "from_on": "2026-01-01",
        }  # fmt: skip

    rows = [price("a|b", "c"), price("a", "b|c"), price("a\\", "|b"), price("a", "\\|b")]
    assert feed.pull(day(10), contract_prices=rows)["loaded"] == 4
    assert feed.pull(day(11))["held"] == 4


def test_a_dated_fact_is_known_when_its_day_is_over_where_the_company_is(feed: Feed) -> None:
    row: dict[str, str | None] = {
        "account_id": "A1", "product": "p", "currency": "USD", "status": "open", "opened_on": "2026-03-05",
    }  # fmt: skip
    feed.pull(day(10), accounts=[row])
    assert feed.query("select source_recorded_at from raw_ledger.accounts") == [(datetime(2026, 3, 6, 5, tzinfo=UTC),)]


def test_a_fact_of_tomorrow_is_deferred_counted_and_comes_tomorrow(feed: Feed) -> None:
    rows = [payment(1), payment(2, attempted_at="2026-03-11 12:00:00+00")]
    for row in rows:
        del row[RECORDED_AT]
    assert feed.pull(day(10), payments=rows) == {"read": 1, "loaded": 1, "held": 0, "rejected": 0, "deferred": 1}
    assert feed.pull(day(11)) == {"read": 2, "loaded": 1, "held": 1, "rejected": 0}


def test_a_source_that_stops_delivering_an_entity_is_an_error(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1)])
    with pytest.raises(RecoupError, match="billing_ledger no longer delivers payments"):
        feed.pull(day(11), accounts=[])


def test_one_bad_row_in_a_quiet_night_does_not_stop_the_pull(feed: Feed) -> None:
    feed.pull(day(10), payments=[payment(1)])
    counts = feed.pull(day(11), payments=[payment(2, amount_cents="-1")])
    assert counts == {"read": 1, "loaded": 0, "held": 0, "rejected": 1}


def test_the_cursor_is_the_newest_row_that_landed_and_never_goes_back(feed: Feed) -> None:
    cursor = "select cursor_value from raw_ledger.cursors where entity = 'payments'"
    feed.pull(day(10), payments=[payment(1, **{RECORDED_AT: at(5, 9)})])
    feed.pull(day(11), payments=[payment(2, **{RECORDED_AT: at(5, 8)})])
    assert feed.query(cursor) == [(datetime(2026, 3, 9, 5, tzinfo=UTC),)]


def test_a_person_erased_before_we_ever_heard_of_them_never_enters_the_vault(feed: Feed) -> None:
    seen: list[list[tuple[object, ...]]] = []
    vault = "select full_name from vault.persons where full_name is not null"
    # What the vault shows while the entity after the persons is landing: the name must not be there even for a moment.
    feed.source.before_entity = lambda name: seen.append(feed.query(vault)) if name == "payments" else None
    erased: Row = {"person_id": "N1", "status": "erased", "from_at": "2026-03-02 00:00:00+00"}
    feed.pull(day(10), persons=[person(1)], payments=[payment(1)], status_events=[erased])
    assert seen == [[]]
