"""The stage that writes the day's page."""

from __future__ import annotations

import os
import tempfile

from recoup.day import Day
from recoup.report.figures import read_figures
from recoup.report.page import render
from recoup.report.pages import page_path
from recoup.settings import Settings


def write_day_page(day: Day, settings: Settings) -> dict[str, int]:
    """Write the page of `day`, whole or not at all; a page of the same date is replaced.

    Returns:
        How many bytes were written.
    """
    content = render(read_figures(day, settings), day, settings).encode()
    path = page_path(settings, day.list_date)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)
    return {"bytes": len(content)}
