"""Each export, read back by an independent reader of its format, is the list: row by row, in our order."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from recoup import handover
from recoup import warehouse as server
from recoup.company_handover import Target

from . import readers
from .conftest import LIST_DATE, Desk, Row

WINDOWS = ["2026-04-01T12:00:00Z/2026-04-01T20:30:00Z", "2026-04-01T21:00:00Z/2026-04-02T01:00:00Z"]
WINDOW_ENDS = {13: "2026-04-01T20:30:00Z", 18: "2026-04-01T20:30:00Z", 23: "2026-04-02T01:00:00Z"}


def export(desk: Desk, out: Path, format_name: str, **options: Any) -> tuple[list[Path], dict[str, Any]]:
    target = Target.model_validate(
        {"name": "t", "format": format_name, "delivery": {"kind": "directory", "path": "-"}, **options}
    )
    done = handover.export_list(target, LIST_DATE, out, desk.settings)
    manifest = json.loads((out / done.closing_files[-1]).read_text(encoding="utf-8"))
    return list(readers.files(out, "t", manifest)), manifest


def said(name: str | None, delimiter: str = "") -> str:
    """A name as a line of text can carry it: composed, on one line, without what turns its direction."""
    kept = "".join(c for c in name or "" if c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    spaced = "".join(" " if c == delimiter or unicodedata.category(c) == "Cc" else c for c in kept)
    return " ".join(unicodedata.normalize("NFC", spaced).split())


def by_hour(rows: list[Row]) -> list[Row]:
    return sorted((row for row in rows if row.channel == "voice"), key=lambda row: (row.slot, row.seq))


def both(first: str, last: str) -> str:
    return " ".join(part for part in (first, last) if part)


@pytest.mark.parametrize("delimiter", ["tab", "pipe"])
def test_vicidial_reads_every_row_and_dials_in_our_order(desk: Desk, tmp_path: Path, delimiter: str) -> None:
    sign = {"tab": "\t", "pipe": "|"}[delimiter]
    paths, manifest = export(desk, tmp_path, "vicidial", delimiter=delimiter)
    read = [row for path in paths for row in readers.vicidial(path, sign)]
    expected = by_hour(desk.rows)
    assert len(read) == len(expected) == manifest["rows"]
    for row, ours in zip(read, expected, strict=True):
        assert (row["vendor_lead_code"], row["source_id"]) == (ours.list_key, ours.account_id)
        assert f"+{row['phone_code']}{row['phone_number']}" == ours.address
        assert both(row["first_name"], row["last_name"]) == said(ours.full_name, sign)
        assert row["security_phrase"] == ours.row_hash
        assert row["comments"] == "standard; LARGE_AMOUNT, NUMBER_NEW; 100.5000 USD"
    # UP RANK: the highest rank of a list first, and of one rank the lead that was loaded first.
    for list_id in {row["list_id"] for row in read}:
        loaded = [row for row in read if row["list_id"] == list_id]
        dialed = sorted(range(len(loaded)), key=lambda lead: (-int(loaded[lead]["rank"]), lead))
        assert [int(loaded[lead]["vendor_lead_code"].split("-")[-1]) for lead in dialed] == [
            ours.seq for ours in expected if f"{ours.slot:%y%m%d%H%M}01" == list_id
        ]
    assert {file["list_id"] for file in manifest["files"]} == {int(row["list_id"]) for row in read}


def test_genesys_reads_every_row_and_sorts_it_as_we_do(desk: Desk, tmp_path: Path) -> None:
    paths, _ = export(desk, tmp_path, "genesys")
    assert len(paths) == 3
    for path in paths:
        read = readers.genesys(path)
        expected = [row for row in by_hour(desk.rows) if f"{row.slot:%Y%m%dT%H%MZ}" in path.name]
        assert [int(row["priority"]) for row in sorted(read, key=lambda row: float(row["priority"]))] == [
            row.seq for row in expected
        ]
        for row, ours in zip(read, expected, strict=True):
            assert (row["list_key"], row["phone"]) == (ours.list_key, ours.address)
            assert readers.unguarded(row["account_id"]) == ours.account_id
            name = both(readers.unguarded(row["first_name"]), readers.unguarded(row["last_name"]))
            assert name == said(ours.full_name)
            assert row["callable_time_zone"] == ("America/Phoenix" if len(ours.zones) == 1 else "America/New_York")
            assert row["not_before_utc"] == f"{ours.slot:%Y-%m-%dT%H:%M:%SZ}"
            assert row["not_after_utc"] == WINDOW_ENDS[ours.hour]
            assert row["attempts_remaining"] == ("" if ours.attempts_remaining is None else "3")
            assert row["row_hash"] == ours.row_hash


def test_genesys_gets_no_zone_where_it_maps_zones_itself(desk: Desk, tmp_path: Path) -> None:
    paths, manifest = export(desk, tmp_path, "genesys", zones="automatic")
    assert "callable_time_zone" not in readers.genesys(paths[0])[0]
    assert "callable_time_zone" not in manifest["columns"]


def test_five9_gets_requests_of_a_hundred_with_the_hour_to_call(desk: Desk, tmp_path: Path) -> None:
    many = [Row(i, f"A{i}", f"+1212555{i:04d}", None, 13 + i % 3) for i in range(1, 251)]
    desk.publish(many)
    paths, _ = export(desk, tmp_path, "five9")
    assert [len(readers.five9(path)) for path in paths] == [100, 100, 50]
    read = [row for path in paths for row in readers.five9(path)]
    for row, ours in zip(sorted(read, key=lambda row: int(row["priority"])), many, strict=True):
        assert (row["number1"], row["list_key"]) == (ours.address.removeprefix("+1"), ours.list_key)
        assert row["time_to_call"] == f"{ours.slot:%Y-%m-%dT%H:%M:%SZ}"


def test_five9_without_the_hour_gets_a_file_an_hour(desk: Desk, tmp_path: Path) -> None:
    paths, _ = export(desk, tmp_path, "five9", time_to_call=False)
    read = [row for path in paths for row in readers.five9(path)]
    assert len(paths) == 3
    assert [row["list_key"] for row in read] == [ours.list_key for ours in by_hour(desk.rows)]
    assert {row["number1"][:3] for row in read} == {"212", "+44"}


def test_amazon_connect_gets_batches_of_25_in_our_order_that_expire_with_the_window(desk: Desk, tmp_path: Path) -> None:
    desk.publish([Row(i, f"A\t{i}", f"+1212555{i:04d}", 'a"\\\n\u2028é', 13 + 5 * (i % 2)) for i in range(1, 122)])
    paths, _ = export(desk, tmp_path, "amazon_connect")
    lines = [path.read_text(encoding="utf-8").count('"outboundRequests"') for path in paths]
    assert lines == [3, 3]
    read = [row for path in paths for row in readers.amazon_connect(path)]
    for row, ours in zip(read, by_hour(desk.rows), strict=True):
        assert row["attributes"]["list_key"] == ours.list_key
        assert row["attributes"]["account_id"] == ours.account_id
        assert row["attributes"]["name"] == 'a"\\ é'
        assert row["destinationPhoneNumber"] == ours.address
        assert row["expirationTime"] == WINDOW_ENDS[ours.hour]


def test_the_same_list_gives_amazon_connect_the_same_tokens(desk: Desk, tmp_path: Path) -> None:
    first, second = (
        [row["clientToken"] for path in export(desk, tmp_path / out, "amazon_connect")[0]
         for row in readers.amazon_connect(path)]
        for out in ("a", "b")
    )  # fmt: skip
    assert first == second


def test_the_generic_csv_is_the_view_cell_by_cell(desk: Desk, tmp_path: Path) -> None:
    desk.publish([*usual_with_mail(desk)])
    (path,), manifest = export(desk, tmp_path, "generic_csv")
    read = readers.rfc4180(path)
    assert [int(row["seq"]) for row in read] == [row.seq for row in desk.rows]
    for row, ours in zip(read, desk.rows, strict=True):
        assert readers.unguarded(row["account_id"]) == ours.account_id
        assert readers.unguarded(row["full_name"]) == (ours.full_name or "")
        assert readers.unguarded(row["address"]) == ours.address
        assert json.loads(row["debt_ids"]) == [f"D{ours.seq}", "D,x"]
        assert json.loads(row["time_zone_set"]) == list(ours.zones)
        assert row["allowed_windows_utc"].split(" ") == WINDOWS
        assert (row["past_due_amount"], row["p_right_party"], row["promise_due_on"]) == ("100.5000", "0.25", "")
        assert float(row["priority_score"]) == 1000.5 / ours.seq
        assert datetime.fromisoformat(row["assigned_slot_end_utc"]) == ours.slot + timedelta(hours=1)
    assert list(read[0]) == manifest["columns"]


def test_no_cell_of_a_csv_is_a_formula(desk: Desk, tmp_path: Path) -> None:
    for format_name in ("genesys", "five9", "generic_csv"):
        for path in export(desk, tmp_path, format_name)[0]:
            for row in readers.rfc4180(path):
                run = [name for name, cell in row.items() if cell[:1] in "=+-@\t\r＝＋－＠" and cell]
                assert set(run) <= {"phone", "number1", "address"}, row


def test_the_generic_parquet_is_typed_and_whole(desk: Desk, tmp_path: Path) -> None:
    (path,), _ = export(desk, tmp_path, "generic_parquet")
    table = pq.read_table(path)
    assert str(table.schema.field("past_due_amount").type) == "decimal128(20, 4)"
    assert str(table.schema.field("assigned_slot_start_utc").type) == "timestamp[us, tz=UTC]"
    for row, ours in zip(table.to_pylist(), desk.rows, strict=True):
        assert (row["seq"], row["account_id"], row["address"]) == (ours.seq, ours.account_id, ours.address)
        assert row["full_name"] == ours.full_name
        assert row["time_zone_set"] == list(ours.zones)
        assert row["assigned_slot_start_utc"] == ours.slot


def usual_with_mail(desk: Desk) -> list[Row]:
    mail = Row(61, "M1", "=2+5@evil.example", None, 13, channel="email")
    return [*desk.rows, mail]


def test_a_dialer_gets_no_mail_and_the_manifest_says_how_many_rows_it_has(desk: Desk, tmp_path: Path) -> None:
    desk.publish(usual_with_mail(desk))
    _, manifest = export(desk, tmp_path, "genesys")
    assert (manifest["rows"], manifest["list_rows"]) == (60, 61)
    _, whole = export(desk, tmp_path, "generic_csv")
    assert whole["rows"] == 61


def test_manifest_and_checksums_fit_the_files(desk: Desk, tmp_path: Path) -> None:
    paths, manifest = export(desk, tmp_path, "vicidial")
    sums = dict(
        reversed(line.split("  ")) for line in (tmp_path / "demo_t_2026-04-01_v1.sha256").read_text().splitlines()
    )
    for path, file in zip(paths, manifest["files"], strict=True):
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"] == sums[path.name]
        assert (len(content), content.count(b"\n")) == (file["bytes"], file["rows"])
        assert path.stat().st_mode & 0o077 == 0
    assert (manifest["list_date"], manifest["list_version"]) == ("2026-04-01", 1)
    assert (manifest["rule_version"], manifest["model_version"]) == ("rules-1", "reach-1")


def test_whoever_was_erased_since_is_not_handed_over(desk: Desk, tmp_path: Path) -> None:
    desk.execute("update vault.contact_points set address = null, is_erased = true where contact_point_id = 'C1'")
    (path,), manifest = export(desk, tmp_path, "generic_csv")
    assert (manifest["rows"], manifest["list_rows"]) == (59, 60)
    assert "20260401-1-1" not in {row["list_key"] for row in readers.rfc4180(path)}


def test_a_long_list_is_read_in_pieces_of_bounded_size(desk: Desk) -> None:
    from bench.handover import fill

    from recoup.handover import newest_edition
    from recoup.handover.source import batches

    with server.connect("admin", desk.settings, desk.settings.database) as connection:
        connection.execute("set local session_replication_role = replica")
        for table in ("lists.contact_priority", "lists.manifest", "vault.contact_points", "vault.persons"):
            connection.execute(f"delete from {table}")
    fill(desk.settings, 40_000)
    edition = newest_edition(desk.settings)
    assert edition is not None
    names = ("seq", "list_key", "address", "full_name", "allowed_windows_utc", "row_hash", "reason_codes")
    with batches(names, edition, desk.settings, with_names=True, channels=None, by_slot=False) as rows:
        sizes = [(batch.num_rows, batch.nbytes) for batch in rows]
    assert sum(count for count, _ in sizes) == 40_000
    assert len(sizes) > 1
    assert max(size for _, size in sizes) < 24_000_000
