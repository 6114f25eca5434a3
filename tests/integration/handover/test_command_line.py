"""`recoup export` writes what the stage writes, and says in a sentence what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup import cli

from . import readers
from .conftest import Desk


def said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[object, str]:
    monkeypatch.setenv("RECOUP_HOME", str(desk.settings.home))
    monkeypatch.setenv("RECOUP_DATABASE", desk.settings.database)
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit) as leaving:
        cli.main(["export", *arguments])
    told = capsys.readouterr()
    return leaving.value.code, told.out + told.err


def test_the_newest_list_is_exported_in_the_format_asked_for(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(desk, monkeypatch, capsys, "--format", "vicidial", "--delimiter", "pipe", "--out", str(tmp_path))
    assert code == 0
    assert "60 of 60 rows of 2026-04-01 (version 1) in 3 files" in told
    read = [row for path in sorted(tmp_path.glob("*.txt")) for row in readers.vicidial(path, "|")]
    assert len(read) == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "avaya"), "--format 'avaya' is unknown; it is one of vicidial"),
        (("--format", "genesys", "--zones", "all"), "--zones 'all' is unknown"),
        (("--format", "genesys", "--list-date", "2026-13-01"), "--list-date '2026-13-01' is no date"),
        (("--format", "genesys", "--list-date", "2026-03-01"), "The newest published list is of 2026-04-01"),
    ],
)
def test_a_mistake_is_one_sentence(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    code, told = said(desk, monkeypatch, capsys, *arguments, "--out", str(tmp_path))
    assert code == 2
    assert words in told
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_named(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    code, told = said(desk, monkeypatch, capsys, "--format", "five9", "--out", str(tmp_path / "file"))
    assert code == 2
    assert "cannot be written to" in told
