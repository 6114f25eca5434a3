"""The hours of a list date in which a contact point may be tried: whole local hours cut to the allowed windows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

FIRST_HOUR, LAST_HOUR = 8, 20
"""Local hours that are scored; the last one ends at 21:00."""


def local_hours(list_date: date, time_zones: pd.Series) -> pd.DataFrame:
    """Start and end of every scored hour of `list_date`, in each zone.

    Args:
        time_zones: IANA names; duplicates and nulls are ignored. None at all: the hours of UTC, so that types stay.

    Returns:
        time_zone, local_hour, hour_start_local (naive), hour_start_utc, hour_end_utc.
    """
    midnight = pd.Timestamp(list_date)
    hours = np.arange(FIRST_HOUR, LAST_HOUR + 1)
    starts = pd.DatetimeIndex([midnight + timedelta(hours=int(hour)) for hour in hours]).as_unit("us")
    parts = []
    for zone in sorted(set(time_zones.dropna())) or ["UTC"]:
        # By the zone's own rules for that date: an offset would be wrong on two nights a year, and in half-hour zones.
        utc = starts.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
        ends = (
            (starts + timedelta(hours=1))
            .tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
            .tz_convert("UTC")
        )
        parts.append(
            pd.DataFrame(
                {
                    "time_zone": zone,
                    "local_hour": hours,
                    "hour_start_local": starts,
                    "hour_start_utc": utc,
                    "hour_end_utc": ends,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def slots_in_windows(
    contacts: pd.DataFrame, windows: pd.DataFrame, list_date: date, *, min_minutes: int
) -> pd.DataFrame:
    """Cut each contact's local hours to its allowed windows.

    Where a window leaves several pieces of an hour, the longest counts (the earliest of equals).

    Args:
        contacts: contact (any key), time_zone: the zone that the hours are counted in.
        windows: contact, window_start_utc, window_end_utc: the pieces of the allowed multirange, end exclusive.
        min_minutes: Shorter pieces are no slot.

    Returns:
        contact, local_hour, start_utc, end_utc, start_local, end_local (naive), at most one row per contact and hour,
        in that order.
    """
    hours = local_hours(list_date, contacts["time_zone"])
    cut = contacts[["contact", "time_zone"]].merge(hours, on="time_zone").merge(windows, on="contact")
    cut["start_utc"] = cut["hour_start_utc"].where(
        cut["hour_start_utc"] >= cut["window_start_utc"], cut["window_start_utc"]
    )
    cut["end_utc"] = cut["hour_end_utc"].where(cut["hour_end_utc"] <= cut["window_end_utc"], cut["window_end_utc"])
    cut["length"] = cut["end_utc"] - cut["start_utc"]
    cut = cut[cut["length"] >= timedelta(minutes=min_minutes)]
    cut = cut.sort_values(["contact", "local_hour", "length", "start_utc"], ascending=[True, True, False, True])
    cut = cut.drop_duplicates(["contact", "local_hour"]).reset_index(drop=True)
    cut["start_local"] = cut["hour_start_local"] + (cut["start_utc"] - cut["hour_start_utc"])
    cut["end_local"] = cut["hour_start_local"] + (cut["end_utc"] - cut["hour_start_utc"])
    return cut[["contact", "local_hour", "start_utc", "end_utc", "start_local", "end_local"]]


def best_slots(slots: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` hours of each contact in which the right party answers most likely; earlier hours first among equals.

    Args:
        slots: contact, local_hour, p_right_party and whatever else.

    Returns:
        The rows with `rank` 1..count, ordered by contact and rank.
    """
    ranked = slots.sort_values(["contact", "p_right_party", "local_hour"], ascending=[True, False, True])
    ranked = ranked.assign(rank=ranked.groupby("contact").cumcount() + 1)
    return ranked[ranked["rank"] <= count].reset_index(drop=True)
