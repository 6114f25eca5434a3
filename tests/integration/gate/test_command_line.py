"""`recoup check` says readably what a dialer would be told, and keeps nothing that it was not asked to keep."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from recoup.cli import check
from recoup.settings import Settings

history: Any = sys.modules["raw_history"]
people: Any = sys.modules["people"]
NOON: datetime = people.NOON


@pytest.fixture
def said(ruled: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask about P1 and D1 at an instant; returns what was printed."""
    history.put(ruled, people.debtor())
    monkeypatch.setattr(check, "settings_for", lambda _: ruled)

    def ask(at: datetime, *, keep: bool = False) -> str:
        console = Console(width=120, record=True, file=io.StringIO())
        monkeypatch.setattr(check, "console", console)
        check.check("P1", "C1", ["D1"], at=at.isoformat(), keep=keep)
        return console.export_text()

    return ask


def test_an_allowed_contact_is_given_back_unless_it_is_to_be_kept(said: Any) -> None:
    for _ in range(2):
        text = said(NOON)
        assert text.startswith("allowed")
        assert "owed 100.00" in text
        assert "attempts remaining before this one: 7" in text
        assert "given back" in text
    assert "kept" in said(NOON, keep=True)
    assert "attempts remaining before this one: 6" in said(NOON)


def test_a_contact_that_is_not_allowed_comes_with_reason_citation_and_end(said: Any) -> None:
    text = said(NOON - timedelta(hours=6))
    assert text.startswith("not allowed")
    for part in ("NO_CONVENIENT_HOUR", "12 CFR 1006.6(b)(1)(i)", "until 2026-03-31 08:00 EDT"):
        assert part in text
