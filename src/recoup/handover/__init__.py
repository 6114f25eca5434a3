"""Hand-over: the published list in the formats of dialers, delivered once, and what must not be called any more."""

from __future__ import annotations

from recoup.handover.export import Export, export_list, read_export
from recoup.handover.formats import FORMATS
from recoup.handover.source import Edition, edition_of, newest_edition

__all__ = ["FORMATS", "Edition", "Export", "edition_of", "export_list", "newest_edition", "read_export"]
