"""One replay: read what a list was made with, make it again aside, compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recoup.replay.compare import Comparison, compare
from recoup.replay.edition import Edition, read_edition
from recoup.replay.made_with import code_sha256
from recoup.replay.rebuild import rebuilt
from recoup.settings import Settings


@dataclass(frozen=True)
class Replay:
    """What came of a replay.

    Attributes:
        is_same_code: The queries and the Python are those that made the list.
    """

    edition: Edition
    comparison: Comparison
    is_same_code: bool


def replay(list_date: date, list_version: int | None, settings: Settings, *, most: int = 20) -> Replay:
    """Make a date's published lists again and compare them, row hash by row hash.

    Nothing that is published or maintained is touched, and nothing is left behind; it may run twice at once.

    Args:
        list_version: None = the newest.
        most: Rows a list of which the differences are told.

    Raises:
        RecoupError: The version was never published, its models or parameters are not held, or a build failed.
    """
    edition = read_edition(list_date, list_version, settings)
    with rebuilt(edition, settings) as schema:
        comparison = compare(edition, schema, settings, most=most)
    return Replay(edition, comparison, code_sha256(settings) == edition.made_with.get("code_sha256"))
