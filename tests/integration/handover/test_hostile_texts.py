"""Names in every script, odd keys and numbers of every country come back as they were; drawn at random, no server."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recoup.company_handover import Target
from recoup.handover.columns import COLUMNS
from recoup.handover.formats import Piece, format_for
from recoup.handover.source import Edition

from . import readers
from .conftest import Row
from .test_formats import both, said

EDITION = Edition(date(2026, 4, 1), 1, date(2026, 3, 31), 1, "0" * 64, "r", "m", datetime(2026, 4, 1, tzinfo=UTC))
SLOT = datetime(2026, 4, 1, 13, tzinfo=UTC)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=30)
# Where a spreadsheet, a reader of lines or a right-to-left terminal would stumble.
SIGNS = "'\"=+-@,;|\\\t\r\n ＝＋－＠\u200f\u200e\u202e\u2066\u2028\u0085\ufeffé\u0301字ع👩\u200d"
NASTY = st.text(st.sampled_from(list(SIGNS)), min_size=1, max_size=12)
NAMES = TEXTS | NASTY
KEYS = NAMES.filter(lambda text: not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in text))
NUMBERS = st.from_regex(r"\A\+(1[2-9][0-9]{9}|4[49][1-9][0-9]{6,9}|8[16][1-9][0-9]{7,10}|[1-9][0-9]{4,14})\Z")
ROWS = st.lists(st.tuples(KEYS, NAMES, NUMBERS), min_size=1, max_size=6)
FIXED: dict[str, Any] = {
    "assigned_slot_start_utc": SLOT, "assigned_slot_end_utc": SLOT, "window_end_utc": SLOT, "valid_until_utc": SLOT,
    "time_zone_set": '["America/New_York"]', "reason_codes": '["X"]', "debt_ids": '["D,1"]', "days_past_due": 3,
    "list_version": 1, "priority_score": 1.5, "p_right_party": 0.5, "p_pay_if_contacted": 0.5, "p_pay_if_not": 0.5,
    "attempts_remaining": None, "list_date": date(2026, 4, 1), "as_of_date": date(2026, 3, 31), "promise_due_on": None,
}  # fmt: skip


def written(rows: Sequence[Row], format_name: str, out: Path, **options: Any) -> list[Path]:
    """The files of an export of `rows`, without a warehouse."""
    target = Target.model_validate(
        {"name": "t", "format": format_name, "delivery": {"kind": "directory", "path": "-"}, **options}
    )
    format_ = format_for(target, EDITION, with_names=True)
    columns = {}
    for name in dict.fromkeys(format_.columns):
        values = [getattr(row, name, FIXED.get(name, "1.0000")) for row in rows]
        kind = COLUMNS[name].type
        is_text = isinstance(values[0], str) or pa.types.is_decimal(kind)
        columns[name] = pa.array(values, pa.string() if is_text else kind)
    batch = pa.RecordBatch.from_pydict(columns)
    with format_.parts(out, "x") as parts:
        parts.write(format_.lines(Piece(batch, SLOT, 0, len(rows))), SLOT)
        names = [file["name"] for file in json.loads(
            parts.show(lambda files: {"files": [{"name": file.name} for file in files]}).read_text(encoding="utf-8")
        )["files"]]  # fmt: skip
    return [out / name for name in names]


def drawn_rows(drawn: list[tuple[str, str, str]]) -> list[Row]:
    return [Row(i, key, number, name, 13) for i, (key, name, number) in enumerate(drawn, start=1)]


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([("=1", "'=x", "+12125550001"), ("''@", "\r\n\t", "+442071838750"), ('\u202e,"', '＝"a" b', "+8190123456789")])
def test_a_csv_gives_names_keys_and_numbers_back(drawn: list[tuple[str, str, str]]) -> None:
    rows = drawn_rows(drawn)
    with tempfile.TemporaryDirectory() as out:
        (path,) = written(rows, "generic_csv", Path(out))
        for row, ours in zip(readers.rfc4180(path), rows, strict=True):
            assert readers.unguarded(row["account_id"]) == ours.account_id
            assert readers.unguarded(row["full_name"]) == ours.full_name
            assert row["address"] == ours.address
            assert row["full_name"][:1] not in "=+-@\t\r\n＝＋－＠"
        for format_name, key in (("genesys", "phone"), ("five9", "number1")):
            (path,) = written(rows, format_name, Path(out) / format_name)
            for row, ours in zip(readers.rfc4180(path), rows, strict=True):
                assert readers.unguarded(row["account_id"]) == ours.account_id
                assert row[key] in (ours.address, ours.address.removeprefix("+1"))
                name = both(readers.unguarded(row["first_name"]), readers.unguarded(row["last_name"]))
                assert name == said(ours.full_name)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_json_gives_names_keys_and_numbers_back(drawn: list[tuple[str, str, str]]) -> None:
    rows = drawn_rows(drawn)
    with tempfile.TemporaryDirectory() as out:
        (path,) = written(rows, "amazon_connect", Path(out))
        for request, ours in zip(readers.amazon_connect(path), rows, strict=True):
            assert request["attributes"]["account_id"] == ours.account_id
            assert request["attributes"]["name"] == said(ours.full_name)
            assert request["destinationPhoneNumber"] == ours.address


@pytest.mark.parametrize("delimiter", ["tab", "pipe"])
@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(st.tuples(KEYS, NAMES, st.just("+442071838750")), min_size=1, max_size=6))
def test_vicidials_lines_give_names_and_keys_back(delimiter: str, drawn: list[tuple[str, str, str]]) -> None:
    sign = {"tab": "\t", "pipe": "|"}[delimiter]
    rows = [row for row in drawn_rows(drawn) if sign not in row.account_id] or drawn_rows([("k", "n", "+442071838750")])
    with tempfile.TemporaryDirectory() as out:
        (path,) = written(rows, "vicidial", Path(out), delimiter=delimiter)
        for row, ours in zip(readers.vicidial(path, sign), rows, strict=True):
            assert row["source_id"] == ours.account_id
            assert both(row["first_name"], row["last_name"]) == said(ours.full_name, sign)
            assert f"+{row['phone_code']}{row['phone_number']}" == ours.address


def test_an_hour_of_seventy_thousand_rows_is_written_in_files_below_the_limit(tmp_path: Path) -> None:
    rows = [Row(i, f"{i:09d}", f"+1212{i:07d}", "Ann Lee", 13) for i in range(1, 70_001)]
    paths = written(rows, "vicidial", tmp_path)
    assert len(paths) > 1
    read = [row for path in paths for row in readers.vicidial(path, "\t")]
    dialed = sorted(range(len(read)), key=lambda lead: (-int(read[lead]["rank"]), lead))
    assert [int(read[lead]["source_id"]) for lead in dialed] == [row.seq for row in rows]
