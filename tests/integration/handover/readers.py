"""Readers of the dialers' formats, written from the formats' own descriptions and from nothing else.

Each gives rows as dictionaries of what the dialer would store, in the order of the file, and refuses what the dialer
would refuse or get wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

VICIDIAL = [
    ("vendor_lead_code", 20), ("source_id", 50), ("list_id", 14), ("phone_code", 10), ("phone_number", 18),
    ("title", 4), ("first_name", 30), ("middle_initial", 1), ("last_name", 30), ("address1", 100), ("address2", 100),
    ("address3", 100), ("city", 50), ("state", 2), ("province", 50), ("postal_code", 10), ("country_code", 3),
    ("gender", 1), ("date_of_birth", 10), ("alt_phone", 12), ("email", 70), ("security_phrase", 100),
    ("comments", 255), ("rank", 6), ("owner", 20),
]  # fmt: skip


def vicidial(path: Path, delimiter: str) -> list[dict[str, str]]:
    """The standard loader: a line a lead, 25 fields, no quoting at all, at most 8 MB."""
    raw = path.read_bytes()
    assert len(raw) <= 8_000_000
    text = raw.decode("utf-8")
    assert text.endswith("\n")
    rows = []
    for line in text[:-1].split("\n"):
        fields = line.split(delimiter)
        assert len(fields) == 25, line
        row = dict(zip([name for name, _ in VICIDIAL], fields, strict=True))
        for name, limit in VICIDIAL:
            assert len(row[name]) <= limit, name
            assert not re.search(r"[\x00-\x1f]", row[name]), name
        assert re.fullmatch(r"[0-9]{1,18}", row["phone_number"])
        assert re.fullmatch(r"[0-9]{1,10}", row["phone_code"])
        assert int(row["list_id"]) > 99
        assert -32768 <= int(row["rank"]) <= 32767
        assert row["gender"] in ("M", "F", "U")
        rows.append(row)
    return rows


def rfc4180(path: Path) -> list[dict[str, str]]:
    """Comma, CRLF, double quotes doubled inside quotes; a header line; no blank line at the end; no byte order mark."""
    text = path.read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    records: list[list[str]] = []
    record: list[str] = []
    position, end = 0, len(text)
    while position < end:
        if text[position] == '"':
            cell, position = "", position + 1
            while True:
                stop = text.index('"', position)
                cell, position = cell + text[position:stop], stop + 1
                if text[position : position + 1] != '"':
                    break
                cell, position = cell + '"', position + 1
        else:
            stop = re.compile(r",|\r\n").search(text, position)
            assert stop, "the last line has no end"
            cell, position = text[position : stop.start()], stop.start()
            assert '"' not in cell
        record.append(cell)
        if text[position : position + 2] == "\r\n":
            records.append(record)
            record, position = [], position + 2
        else:
            assert text[position] == ",", f"neither comma nor line end after a cell at {position}"
            position += 1
    assert record == []
    header, *rows = records
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    assert [row for row in rows if not any(row)] == []
    return [dict(zip(header, row, strict=True)) for row in rows]


def genesys(path: Path) -> list[dict[str, str]]:
    rows = rfc4180(path)
    assert len(rows) <= 1_000_000
    for row in rows:
        assert len(row) <= 50
        assert all(len(name) <= 128 for name in row)
        assert all(len(cell) <= 512 for cell in row.values())
        assert float(row["priority"]) > 0
    return rows


def five9(path: Path) -> list[dict[str, str]]:
    rows = rfc4180(path)
    if "time_to_call" in rows[0]:
        assert len(rows) <= 100
    for row in rows:
        assert re.fullmatch(r"[0-9]{10}|\+[0-9]{5,15}", row["number1"])
    return rows


def amazon_connect(path: Path) -> list[dict[str, Any]]:
    """One body of PutOutboundRequestBatch a line."""
    rows = []
    for line in path.read_bytes().decode("utf-8").removesuffix("\n").split("\n"):
        body = json.loads(line)
        assert set(body) == {"outboundRequests"}
        assert 1 <= len(body["outboundRequests"]) <= 25
        for request in body["outboundRequests"]:
            assert set(request) == {"clientToken", "expirationTime", "channelSubtypeParameters"}
            assert 1 <= len(request["clientToken"]) <= 200
            assert datetime.fromisoformat(request["expirationTime"]).utcoffset() is not None
            telephony = request["channelSubtypeParameters"]["telephony"]
            assert re.fullmatch(r"\+[0-9]{5,19}", telephony["destinationPhoneNumber"])
            assert all(isinstance(value, str) for value in telephony["attributes"].values())
            rows.append({**request, **telephony})
    assert len({row["clientToken"] for row in rows}) == len(rows)
    return rows


def unguarded(cell: str) -> str:
    """The text behind the apostrophe that keeps a spreadsheet from running it; see the hand-over's documentation."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", cell) else cell


def files(directory: Path, target: str, manifest: dict[str, Any]) -> Iterable[Path]:
    """The files of a manifest, in its order; no other file of the target lies there."""
    names = [file["name"] for file in manifest["files"]]
    beside = {path.name for path in directory.iterdir() if f"_{target}_" in path.name}
    assert beside == {*names, *(name for name in beside if name.endswith((".sha256", ".manifest.json")))}
    return [directory / name for name in names]
