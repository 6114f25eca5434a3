"""Options that several commands share, and what they turn into."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from recoup.day import Day, last_closed_date
from recoup.errors import RecoupError
from recoup.settings import Settings, load_settings

CompanyFile = Annotated[
    Path | None, typer.Option("--company", help="company.yml to run for [default: RECOUP_COMPANY, else the demo's]")
]
AsOfDate = Annotated[
    str | None,
    typer.Option(
        "--as-of-date",
        metavar="YYYY-MM-DD",
        help="Last closed day, inclusive [default: yesterday in the company's zone]",
    ),
]


def settings_for(company_file: Path | None = None) -> Settings:
    """Settings of this process, for the company file given."""
    return load_settings(company_file)


def parsed_date(text: str, option: str) -> date:
    """Read an ISO date.

    Raises:
        RecoupError: `text` is none; names the option.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RecoupError(f"{option} {text!r} is no date: write it as YYYY-MM-DD, for example 2026-03-31.") from None


def last_closed(settings: Settings) -> date:
    """The last closed calendar day now, company time zone: the one place where the command line reads the clock."""
    return last_closed_date(datetime.now(UTC), settings.company.time_zone)


def day_for(as_of_date: str | None, settings: Settings, *, is_restatement: bool = False) -> Day:
    """The day that a command is for, as its scheduled run would see it."""
    chosen = parsed_date(as_of_date, "--as-of-date") if as_of_date else last_closed(settings)
    return replace(Day.closing(chosen, settings.company.time_zone), is_restatement=is_restatement)
