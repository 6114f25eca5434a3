"""The day's clock: closed days, list dates and the instant of recording."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.day import Day, last_closed_date


def test_a_day_is_recorded_at_five_local_on_its_list_date():
    day = Day.closing(date(2026, 1, 31), "America/New_York")
    assert day.list_date == date(2026, 2, 1)
    assert day.recorded_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of_date", "hour"), [(date(2026, 3, 7), 9), (date(2026, 3, 6), 10), (date(2026, 10, 31), 10)]
)
def test_the_local_hour_holds_over_both_daylight_saving_nights(as_of_date: date, hour: int):
    assert Day.closing(as_of_date, "America/New_York").recorded_at.hour == hour


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Day(date(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001


def test_the_last_closed_day_changes_at_local_midnight():
    before = datetime(2026, 7, 1, 3, 59, tzinfo=UTC)
    assert last_closed_date(before, "America/New_York") == date(2026, 6, 29)
    assert last_closed_date(before + timedelta(minutes=1), "America/New_York") == date(2026, 6, 30)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(["America/St_Johns", "Asia/Tokyo", "UTC"]))
def test_at_its_own_recording_the_day_is_the_last_closed_one(as_of_date: date, zone: str):
    day = Day.closing(as_of_date, zone)
    assert last_closed_date(day.recorded_at, zone) == as_of_date
