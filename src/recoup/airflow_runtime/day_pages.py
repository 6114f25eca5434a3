"""Where the day's pages lie: one HTML file a list date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from recoup.settings import Settings


def page_of(settings: Settings, list_date: date | None = None) -> Path | None:
    """The page of `list_date`, or of the newest one there is; None if it was not made."""
    folder = settings.artifacts / "day"
    if list_date is not None:
        page = folder / f"{list_date.isoformat()}.html"
        return page if page.is_file() else None
    pages = sorted(folder.glob("????-??-??.html"))
    return pages[-1] if pages else None
