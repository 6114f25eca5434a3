"""Which day a DAG run is for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from recoup.day import Day
from recoup.schedule import DAILY, day_of_run, day_under_way, from_xcom, to_xcom

NEW_YORK = "America/New_York"


def test_a_scheduled_run_is_for_the_day_before_and_keeps_its_own_clock() -> None:
    five_in_new_york = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
    assert day_of_run(five_in_new_york, None, NEW_YORK) == Day(date(2026, 3, 30), five_in_new_york)
    assert DAILY == "0 5 * * *"


def test_a_scheduled_run_is_the_day_that_the_command_line_calls_closing() -> None:
    closing = Day.closing(date(2026, 3, 30), NEW_YORK)
    assert day_of_run(closing.recorded_at, None, NEW_YORK) == closing


def test_the_day_before_is_the_companys_not_utcs() -> None:
    late_evening_in_new_york = datetime(2026, 3, 31, 2, 0, tzinfo=UTC)
    assert day_of_run(late_evening_in_new_york, None, NEW_YORK).as_of_date == date(2026, 3, 29)
    assert day_of_run(late_evening_in_new_york, None, "Pacific/Auckland").as_of_date == date(2026, 3, 30)


def test_a_run_for_an_older_day_still_learns_now() -> None:
    now = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    assert day_of_run(now, "2026-03-01", NEW_YORK) == Day(date(2026, 3, 1), now)


@pytest.mark.parametrize("asked", [None, ""])
def test_no_date_asked_for_means_the_last_closed_one(asked: str | None) -> None:
    assert day_of_run(datetime(2026, 3, 31, 15, 0, tzinfo=UTC), asked, NEW_YORK).as_of_date == date(2026, 3, 30)


def test_a_day_that_is_not_over_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-31 is not over yet in America/New_York"):
        day_of_run(datetime(2026, 3, 31, 15, 0, tzinfo=UTC), "2026-03-31", NEW_YORK)


def test_what_one_task_tells_the_next_comes_back_the_same() -> None:
    day = Day.closing(date(2026, 11, 1), NEW_YORK)
    told = to_xcom(day)
    assert all(isinstance(value, str) for value in told.values())
    assert from_xcom(told) == day


def test_a_pull_during_the_day_belongs_to_the_day_that_is_pulled_next() -> None:
    five_in_new_york = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)
    before, after = (day_under_way(five_in_new_york - timedelta(minutes=m), NEW_YORK) for m in (1, 0))
    assert (before.as_of_date, after.as_of_date) == (date(2026, 3, 30), date(2026, 3, 31))
    # At five the day before is pulled by its own pull, and by no other.
    assert day_of_run(five_in_new_york, None, NEW_YORK).as_of_date == before.as_of_date
    assert after.recorded_at == five_in_new_york
