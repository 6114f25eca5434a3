"""Where the day's pages lie: one HTML file a list date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from recoup.settings import Settings


def page_path(settings: Settings, list_date: date) -> Path:
    """Where the page of `list_date` is or will be."""
    return _folder(settings) / f"{list_date.isoformat()}.html"


def page_of(settings: Settings, list_date: date | None = None) -> Path | None:
    """The page of `list_date`, or of the newest one there is; None if it was not made."""
    if list_date is not None:
        page = page_path(settings, list_date)
        return page if page.is_file() else None
    pages = sorted(_folder(settings).glob("????-??-??.html"))
    return pages[-1] if pages else None


def _folder(settings: Settings) -> Path:
    return settings.artifacts / "day"
