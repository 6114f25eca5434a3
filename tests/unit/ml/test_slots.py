"""Slots are whole local hours inside the allowed windows, in every zone and on every date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from recoup_ml.slots import best_slots, slots_in_windows

ZONES = (
    "America/New_York",
    "America/Phoenix",
    "America/St_Johns",
    "Pacific/Honolulu",
    "America/Indiana/Knox",
    "Europe/London",
)
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def pieces_of(list_date: date, spans: list[tuple[int, int]]) -> pd.DataFrame:
    midnight = datetime.combine(list_date, time(), tzinfo=UTC)
    rows = [
        (0, midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length))
        for start, length in spans
    ]
    frame = pd.DataFrame(rows, columns=["contact", "window_start_utc", "window_end_utc"])
    return frame.assign(
        **{name: pd.to_datetime(frame[name], utc=True) for name in ("window_start_utc", "window_end_utc")}
    )


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from(ZONES),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 900)), min_size=1, max_size=4),
    st.sampled_from([1, 30, 60]),
)
@example(SPRING, "America/New_York", [(0, 2800)], 30)
@example(AUTUMN, "America/New_York", [(0, 2800)], 30)
@example(SPRING, "America/St_Johns", [(640, 35), (700, 900)], 30)
def test_every_slot_is_inside_one_window_and_one_local_hour(
    list_date: date, zone: str, spans: list[tuple[int, int]], least: int
) -> None:
    windows = pieces_of(list_date, spans)
    contacts = pd.DataFrame({"contact": [0], "time_zone": [zone]})
    slots = slots_in_windows(contacts, windows, list_date, min_minutes=least)
    assert slots["local_hour"].is_unique
    for slot in slots.itertuples():
        assert ((windows["window_start_utc"] <= slot.start_utc) & (slot.end_utc <= windows["window_end_utc"])).any()
        assert timedelta(minutes=least) <= slot.end_utc - slot.start_utc <= timedelta(hours=1)
        local = slot.start_utc.to_pydatetime().astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour) == (list_date, slot.local_hour)
        assert local.replace(tzinfo=None) == slot.start_local
        assert slot.end_utc.to_pydatetime().astimezone(ZoneInfo(zone)).replace(tzinfo=None) == slot.end_local
        assert 8 <= slot.local_hour <= 20


def test_both_daylight_saving_nights_start_the_day_at_eight_local() -> None:
    contacts = pd.DataFrame({"contact": [0], "time_zone": ["America/New_York"]})
    first = {
        day: slots_in_windows(contacts, pieces_of(day, [(0, 3000)]), day, min_minutes=60)["start_utc"].min()
        for day in (SPRING - timedelta(days=1), SPRING, AUTUMN - timedelta(days=1), AUTUMN)
    }
    assert [at.hour for at in first.values()] == [13, 12, 12, 13]


def test_the_longest_piece_of_an_hour_counts_and_a_short_one_is_no_slot() -> None:
    list_date = date(2026, 7, 1)
    contacts = pd.DataFrame({"contact": [0], "time_zone": ["UTC"]})
    windows = pieces_of(list_date, [(9 * 60, 10), (9 * 60 + 20, 40), (10 * 60, 29)])
    slots = slots_in_windows(contacts, windows, list_date, min_minutes=30)
    assert slots["local_hour"].tolist() == [9]
    assert slots["start_local"].tolist() == [pd.Timestamp("2026-07-01 09:20")]


def test_the_best_hours_come_first_and_the_earlier_of_equals() -> None:
    slots = pd.DataFrame({"contact": [1] * 4, "local_hour": [8, 9, 10, 11], "p_right_party": [0.2, 0.4, 0.2, 0.1]})
    best = best_slots(slots, 3)
    assert list(zip(best["local_hour"], best["rank"], strict=True)) == [(9, 1), (8, 2), (10, 3)]
