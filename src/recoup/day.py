"""The one clock of a run: which day is closed, and when we say that we learned of it.

Nothing below the DAG or the command line reads the wall clock; everything gets a `Day`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CLOSING_HOUR = time(5, 0)
"""Local hour on the list date at which a day's batch is said to be recorded: sources have closed, dialers sleep."""


@dataclass(frozen=True)
class Day:
    """One run of the pipeline.

    Attributes:
        as_of_date: Last closed calendar day, inclusive, in the company's time zone.
        recorded_at: The batch's clock, an aware UTC instant: what this run learns, it learns then.
        is_restatement: The run passes over what the date's first publication froze (cut-off, models), to publish a new
            version beside the old one.

    Raises:
        ValueError: `recorded_at` has no time zone.
    """

    as_of_date: date
    recorded_at: datetime
    is_restatement: bool = False

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise ValueError("recorded_at must carry a time zone")
        object.__setattr__(self, "recorded_at", self.recorded_at.astimezone(UTC))

    @property
    def list_date(self) -> date:
        """The day that the lists are made for: the one after `as_of_date`."""
        return self.as_of_date + timedelta(days=1)

    @classmethod
    def closing(cls, as_of_date: date, time_zone: str) -> Day:
        """The day as its scheduled run sees it: recorded at 05:00 of the list date, local to `time_zone` (IANA)."""
        local = datetime.combine(as_of_date + timedelta(days=1), CLOSING_HOUR, tzinfo=ZoneInfo(time_zone))
        return cls(as_of_date, local.astimezone(UTC))


def last_closed_date(now: datetime, time_zone: str) -> date:
    """The last calendar day that is over at `now` (aware) in `time_zone` (IANA)."""
    return now.astimezone(ZoneInfo(time_zone)).date() - timedelta(days=1)
