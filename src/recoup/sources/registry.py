"""Which adapter stands behind a source of company.yml. A new kind of system is added here and in `recoup.company`."""

from __future__ import annotations

from typing import Literal

from recoup.company_sources import FileSource, SqlSource
from recoup.settings import Settings
from recoup.sources.adapter import SourceAdapter
from recoup.sources.files import FileAdapter
from recoup.sources.sql_database import SqlDatabaseAdapter

SourceName = Literal["billing_ledger", "contact_center"]


def open_source(name: SourceName, settings: Settings) -> SourceAdapter | None:
    """Open a source of the company; None if the company has none by that name.

    Raises:
        RecoupError: The source cannot be reached.
    """
    match getattr(settings.company.sources, name):
        case SqlSource() as source:
            return SqlDatabaseAdapter(name, source, settings)
        case FileSource() as source:
            return FileAdapter(name, source, settings)
        case _:
            return None
