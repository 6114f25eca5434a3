"""A list that a dialer would refuse or get wrong is refused before anything is handed over, with row and column."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recoup import handover
from recoup import warehouse as server
from recoup.company_handover import Target
from recoup.errors import RecoupError
from recoup.warehouse.initialization import _grant_names

from . import readers
from .conftest import Desk, Row
from .test_formats import export

PLAIN = Row(1, "A1", "+12125550001", "Ann Lee", 13)


def refused(desk: Desk, out: Path, format_name: str, **options: Any) -> str:
    with pytest.raises(RecoupError) as refusal:
        export(desk, out, format_name, **options)
    assert not out.exists() or list(out.iterdir()) == [], "a refused list left something behind"
    return str(refusal.value)


@pytest.mark.parametrize(
    ("format_name", "change", "told"),
    [
        ("vicidial", {"account_id": "A" * 51}, ("row 2", "source_id", "51 characters", "at most 50")),
        ("vicidial", {"account_id": "A\t2"}, ("row 2", "source_id", "a tab")),
        ("vicidial", {"full_name": "N" * 31}, ("row 2", "last_name", "31 characters", "at most 30", "handover.names")),
        ("vicidial", {"script": "s" * 230}, ("row 2", "comments", "at most 255")),
        ("vicidial", {"address": "+9991234567"}, ("row 2", "phone_code", "no known country")),
        ("vicidial", {"address": "2125550002"}, ("row 2", "phone_number", "E.164")),
        ("genesys", {"account_id": "A" * 513}, ("row 2", "account_id", "513 characters", "at most 512")),
        ("genesys", {"address": "+1 212 555 0002"}, ("row 2", "phone", "E.164")),
        ("genesys", {"zones": ()}, ("row 2", "callable_time_zone", "no value")),
        ("five9", {"address": "+0123"}, ("row 2", "number1", "E.164")),
        ("five9", {"account_id": ""}, ("row 2", "account_id", "no value")),
        ("amazon_connect", {"address": "+1234567890123456"}, ("row 2", "destinationPhoneNumber", "E.164")),
        ("generic_csv", {"address": ""}, ("row 2", "address", "no value")),
    ],
)
def test_a_broken_limit_names_row_and_column_and_hands_nothing_over(
    desk: Desk, tmp_path: Path, format_name: str, change: dict[str, Any], told: tuple[str, ...]
) -> None:
    wrong = replace(PLAIN, **({"seq": 2, "account_id": "A2", "address": "+12125550002"} | change))
    desk.publish([PLAIN, wrong])
    sentence = refused(desk, tmp_path / "out", format_name)
    assert all(part in sentence for part in told), sentence
    assert change.get("address") in (None, "") or change["address"] not in sentence, "the sentence tells the number"
    assert change.get("full_name") is None or change["full_name"] not in sentence, "the sentence tells the name"


def test_the_pipe_in_a_key_is_refused_where_it_separates_and_kept_where_it_does_not(desk: Desk, tmp_path: Path) -> None:
    desk.publish([replace(PLAIN, account_id="A|1")])
    assert "source_id" in refused(desk, tmp_path / "out", "vicidial", delimiter="pipe")
    (path,), _ = export(desk, tmp_path / "out", "vicidial")
    assert readers.vicidial(path, "\t")[0]["source_id"] == "A|1"


def test_a_refused_list_leaves_the_export_before_it_whole(desk: Desk, tmp_path: Path) -> None:
    paths, _ = export(desk, tmp_path, "vicidial")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    desk.publish([PLAIN, replace(PLAIN, seq=2, account_id="A" * 51, address="+12125550002")])
    with pytest.raises(RecoupError):
        export(desk, tmp_path, "vicidial")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert paths


def test_only_the_newest_list_is_handed_over(desk: Desk, tmp_path: Path) -> None:
    target = Target.model_validate({"name": "t", "format": "genesys", "delivery": {"kind": "directory", "path": "-"}})
    with pytest.raises(RecoupError, match="The newest published list is of 2026-04-01"):
        handover.export_list(target, date(2026, 3, 31), tmp_path, desk.settings)


def test_the_dialer_reads_names_only_where_the_company_hands_them_over(desk: Desk, tmp_path: Path) -> None:
    without = desk.with_targets(names=False)
    try:
        hand_names_over(desk, hands_over=False)
        with pytest.raises(RecoupError, match="The dialer may not read names"):
            export(desk, tmp_path, "genesys")
        paths, _ = export(replace_settings(desk, without), tmp_path, "genesys")
        assert "first_name" not in readers.genesys(paths[0])[0]
    finally:
        hand_names_over(desk, hands_over=True)


def hand_names_over(desk: Desk, *, hands_over: bool) -> None:
    with server.connect("admin", desk.settings, desk.settings.database) as admin:
        _grant_names(admin, hands_over=hands_over)


def replace_settings(desk: Desk, settings_: Any) -> Desk:
    return Desk(settings_, desk.rows)


def test_an_hour_of_more_rows_than_ranks_is_still_dialed_in_our_order() -> None:
    from recoup.handover.vicidial import ranks

    of = 200_001
    given_ = [rank for first in range(0, of, 50_000) for rank in ranks(first, min(50_000, of - first), of).tolist()]
    assert len(given_) == of
    assert (max(given_), min(given_)) == (32_767, -32_768)
    # Highest rank first, and of one rank in the order of loading: the order of the file.
    assert sorted(range(of), key=lambda lead: (-given_[lead], lead)) == list(range(of))


def test_a_file_ends_before_the_loaders_eight_megabytes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recoup.handover import vicidial

    monkeypatch.setattr(vicidial, "MOST_BYTES", 700)
    paths, manifest = export(desk, tmp_path, "vicidial")
    assert len(paths) > 10
    assert all(path.stat().st_size <= 700 for path in paths)
    assert manifest["rows"] == 60
    monkeypatch.setattr(vicidial, "MOST_BYTES", 100)
    shutil.rmtree(tmp_path)
    with pytest.raises(RecoupError, match="larger than the 100 bytes"):
        export(desk, tmp_path, "vicidial")
