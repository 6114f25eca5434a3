"""Whoever paid, promised, opted out or is newly blocked is told to each dialer, once, in the dialer's own form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recoup import warehouse as server
from recoup.day import Day
from recoup.handover import newest_edition
from recoup.handover.delivery import DirectoryCarrier
from recoup.handover.stages import deliver_list
from recoup.handover.suppression_files import deliver_suppressions
from recoup.handover.suppressions import newly_suppressed
from recoup.settings import Settings

from . import readers
from .conftest import CUTOFF, LIST_DATE, Desk, Row

MORNING = Day.closing(LIST_DATE.replace(month=3, day=31), "America/New_York")
NOON = datetime(2026, 4, 1, 16, tzinfo=UTC)
TARGETS = ("generic_csv", "vicidial", "genesys", "five9", "amazon_connect")
RAW = {
    "payments": ("raw_ledger", "payment_id"), "disputes": ("raw_ledger", "dispute_id"),
    "status_events": ("raw_contact", "status"), "consents": ("raw_contact", "medium"),
    "promises": ("raw_contact", "promise_id"), "attempts": ("raw_contact", "attempt_id"),
}  # fmt: skip


@pytest.fixture
def settings(desk: Desk, tmp_path: Path) -> Iterator[Settings]:
    desk.publish([Row(i, f"A{i}", f"+1212555{i:04d}", "Ann", 13 + i % 2) for i in range(1, 31)])
    delivery = {"kind": "directory", "path": str(tmp_path / "in")}
    made = desk.with_targets(*({"name": name, "format": name, "delivery": delivery} for name in TARGETS))
    yield made
    with server.connect("admin", made, made.database) as connection:
        for table, (schema, _) in RAW.items():
            connection.execute(f"truncate {schema}.{table}")
        connection.execute("delete from raw_ledger.batches; delete from raw_contact.batches")


def arrive(desk: Desk, table: str, arrived: datetime = NOON, key: str | None = None, **values: Any) -> None:
    """A row arrives in a batch of its own at that instant."""
    schema, key_column = RAW[table]
    (batch,) = desk.execute(
        f"insert into {schema}.batches (feed, as_of_date, recorded_at, is_first) values ('x', %s, %s, false)"
        " on conflict (recorded_at) do update set feed = 'x' returning batch_id",
        LIST_DATE, arrived,
    )[0]  # fmt: skip
    row = values | {
        "_key": key or "-".join(str(values[name]) for name in sorted(values) if name.endswith(("_id", key_column))),
        "_batch_id": batch, "source_recorded_at": arrived, "_recorded_at": arrived, "_known_at": arrived,
        "_row_hash": "x",
    }  # fmt: skip
    columns = ", ".join(row)
    desk.execute(
        f"insert into {schema}.{table} ({columns}) values ({', '.join(['%s'] * len(row))})",
        *row.values(),
        role="loader",
    )


def paid(desk: Desk, account: str, cents: int, status: str = "settled", at: datetime = NOON) -> None:
    arrive(
        desk, "payments", at, payment_id=f"Y{account}", account_id=account, currency="USD", amount_cents=cents,
        method="card", status=status, attempted_at=at,
    )  # fmt: skip


def event(desk: Desk, status: str, at: datetime = NOON, **about: Any) -> None:
    arrive(desk, "status_events", at, key=f"{status}{about}", status=status, from_at=at, **about)


def called(desk: Desk, person: str, number: int, **said: Any) -> None:
    row = {
        "attempt_id": f"T{person}{number}", "person_id": person, "contact_point_id": "C", "channel": "voice",
        "direction": "outbound", "started_at": NOON - timedelta(minutes=number), "connected": False,
        "disposition_raw": "NA",
    }  # fmt: skip
    arrive(desk, "attempts", **(row | said))


def tell(settings: Settings, name: str = "generic_csv", at: datetime = NOON + timedelta(minutes=15)) -> dict[str, int]:
    target = next(target for target in settings.company.handover.targets if target.name == name)
    return deliver_suppressions(
        target, lambda t, s: DirectoryCarrier(t.delivery, s), Day(MORNING.as_of_date, at), settings
    )


def hand_over(settings: Settings, *names: str) -> None:
    for target in settings.company.handover.targets:
        if target.name in (names or TARGETS):
            deliver_list(target, lambda t, s: DirectoryCarrier(t.delivery, s), MORNING, settings)


def told(tmp_path: Path, name: str = "generic_csv") -> dict[str, str]:
    return {
        row["account_id"]: row["reason"]
        for path in sorted((tmp_path / "in").glob(f"demo_{name}_*_suppress_*.csv"))
        for row in readers.rfc4180(path)
    }


def test_each_reason_to_stop_is_found_and_nobody_else_is_named(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    hand_over(settings, "generic_csv")
    paid(desk, "A1", 10_050)
    paid(desk, "A2", 10_049)
    paid(desk, "A3", 10_050, status="failed")
    paid(desk, "A4", 20_000, status="pending")
    arrive(desk, "promises", promise_id="R5", account_id="A5", made_at=NOON, due_on=LIST_DATE, amount_cents=1)
    arrive(desk, "consents", contact_point_id="C6", medium="voice", purpose="collection", state="revoked", at=NOON)
    arrive(desk, "consents", person_id="P7", medium="voice", purpose="servicing", state="refused", at=NOON)
    arrive(desk, "consents", person_id="P8", medium="voice", purpose="solicitation", state="revoked", at=NOON)
    arrive(desk, "consents", person_id="P9", medium="sms", purpose="collection", state="revoked", at=NOON)
    event(desk, "do_not_contact", person_id="P10")
    event(desk, "cease", debt_id="D11")
    event(desk, "fraud", account_id="A12")
    event(desk, "complaint", person_id="P13")
    for number in range(3):
        called(desk, "P14", number)
    called(desk, "P15", 1)
    called(desk, "P16", 1, connected=True, conversation=True, direction="inbound")
    called(desk, "P19", 1, connected=True, talk_seconds=40)
    called(desk, "P20", 1, connected=True, talk_seconds=40, human=False)
    called(desk, "P21", 1, connected=True, talk_seconds=40, right_party=False)
    arrive(desk, "consents", person_id="P22", medium="any", purpose="collection", state="revoked", at=NOON)
    paid(desk, "A17", 10_050, at=CUTOFF)
    paid(desk, "A18", 10_050, at=NOON + timedelta(hours=2))
    event(desk, "attorney", person_id="P1")
    assert tell(settings) == {"new": 12, "files": 1}
    assert told(tmp_path) == {
        "A1": "ATTORNEY", "A4": "PAID", "A5": "PROMISED", "A6": "OPTED_OUT", "A7": "OPTED_OUT", "A10": "DO_NOT_CONTACT",
        "A11": "CEASE_COMMUNICATION", "A12": "FRAUD_HOLD", "A14": "CAP_REACHED", "A16": "CONTACTED",
        "A19": "CONTACTED", "A22": "OPTED_OUT",
    }  # fmt: skip


STOPPING = {
    "do_not_contact": "DO_NOT_CONTACT", "cease": "CEASE_COMMUNICATION", "attorney": "ATTORNEY", "dispute": "DISPUTED",
    "bankruptcy_petition": "BANKRUPTCY", "bankruptcy_discharged": "BANKRUPTCY_DISCHARGED", "deceased": "DECEASED",
    "minor": "MINOR", "hardship": "HARDSHIP_HOLD", "fraud": "FRAUD_HOLD", "disaster": "DISASTER_HOLD",
    "inconvenient_time": "NO_CONVENIENT_HOUR", "inconvenient_place": "INCONVENIENT_PLACE",
    "shift_preference": "UK_HOURS", "revoke_all": "CONSENT_REVOKED_FOR_ALL", "erased": "ERASED",
}  # fmt: skip


def suppressed(settings: Settings) -> list[tuple[str, str]]:
    edition = newest_edition(settings)
    assert edition is not None
    found = newly_suppressed(settings.company.handover.targets[0], edition, NOON + timedelta(hours=1), settings)
    return [(row[0], row[4]) for row in found]


@pytest.mark.parametrize("status", sorted(STOPPING))
def test_every_status_that_stops_a_call_has_its_reason(desk: Desk, settings: Settings, status: str) -> None:
    event(desk, status, person_id="P1")
    event(desk, status, at=NOON, person_id="P2", to_at=NOON + timedelta(minutes=1))
    assert suppressed(settings) == [("A1", STOPPING[status])]


def test_a_rule_about_another_status_is_a_row_and_stops_calls_too(desk: Desk, settings: Settings) -> None:
    event(desk, "complaint", person_id="P1")
    assert suppressed(settings) == []
    columns = "trigger_codes, rule_id, reason, precedence, kind, purpose, effective_from"
    begins = "insert into policy.contact_rules ({0}) values ('complaint', 'OURS', 'COMPLAINT', 510, 'status', {1}, {2})"
    try:
        desk.execute(begins.format(columns, "'any'", "date '2026-04-02'"), role="transformer")
        desk.execute(begins.format(columns, "'solicitation'", "date '1900-01-01'"), role="transformer")
        assert suppressed(settings) == []
        desk.execute(begins.format(columns, "'any'", "date '2026-04-01'"), role="transformer")
        assert suppressed(settings) == [("A1", "COMPLAINT")]
    finally:
        desk.execute("delete from policy.contact_rules where rule_id = 'OURS'", role="transformer")


def test_a_later_run_tells_only_what_is_new(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    hand_over(settings, "generic_csv")
    paid(desk, "A1", 10_050)
    assert tell(settings) == {"new": 1, "files": 1}
    assert tell(settings) == {"new": 0, "files": 0}
    event(desk, "do_not_contact", at=NOON + timedelta(minutes=20), person_id="P2")
    event(desk, "cease", at=NOON + timedelta(minutes=20), person_id="P1")
    assert tell(settings, at=NOON + timedelta(minutes=30)) == {"new": 1, "files": 1}
    assert told(tmp_path) == {"A1": "PAID", "A2": "DO_NOT_CONTACT"}


def test_a_target_that_never_got_the_list_is_told_nothing(desk: Desk, settings: Settings) -> None:
    paid(desk, "A1", 10_050)
    assert tell(settings) == {"new": 0, "files": 0}


def test_what_was_found_and_not_sent_is_sent_by_the_next_run(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    hand_over(settings, "generic_csv")
    paid(desk, "A1", 10_050)
    target = settings.company.handover.targets[0]

    class Broken(DirectoryCarrier):
        def put(self, file: Path, name: str, sha256: str) -> None:
            raise ConnectionError("the line is down")

    day = Day(MORNING.as_of_date, NOON + timedelta(minutes=15))
    with pytest.raises(ConnectionError):
        deliver_suppressions(target, lambda t, s: Broken(t.delivery, s), day, settings)
    event(desk, "do_not_contact", at=NOON + timedelta(minutes=20), person_id="P2")
    assert tell(settings, at=NOON + timedelta(minutes=30)) == {"new": 1, "files": 2}
    assert told(tmp_path) == {"A1": "PAID", "A2": "DO_NOT_CONTACT"}


def test_each_dialer_is_told_in_its_own_form(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    hand_over(settings)
    paid(desk, "A1", 10_050)
    for name in TARGETS:
        assert tell(settings, name) == {"new": 1, "files": 1}
    found = {name: next((tmp_path / "in").glob(f"demo_{name}_*_suppress_00001.*")) for name in TARGETS}
    assert readers.rfc4180(found["vicidial"]) == [
        {"vendor_lead_code": "20260401-1-1", "list_id": "260401140001", "search_method": "VENDOR_LEAD_CODE",
         "status": "RECSUP", "comments": "PAID"}
    ]  # fmt: skip
    assert readers.rfc4180(found["genesys"]) == [
        {"list_key": "20260401-1-1", "phone": "+12125550001", "callable": "0", "reason": "PAID"}
    ]
    assert readers.rfc4180(found["five9"]) == [{"number1": "2125550001", "list_key": "20260401-1-1", "reason": "PAID"}]
    (request,) = [json.loads(line) for line in found["amazon_connect"].read_text().splitlines()]
    sent = [
        row for path in (tmp_path / "in").glob("demo_amazon_connect_*Z_*.jsonl") for row in readers.amazon_connect(path)
    ]
    assert request["clientToken"] in {row["clientToken"] for row in sent}
    assert request["destinationPhoneNumber"] == "+12125550001"


def test_whoever_was_erased_is_told_by_the_key_alone(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    hand_over(settings, "generic_csv")
    event(desk, "erased", person_id="P3")
    desk.execute("update vault.contact_points set address = null, is_erased = true where person_id = 'P3'")
    assert tell(settings) == {"new": 1, "files": 1}
    (path,) = (tmp_path / "in").glob("*_suppress_00001.csv")
    (row,) = readers.rfc4180(path)
    assert (row["list_key"], row["address"], row["reason"]) == ("20260401-1-3", "", "ERASED")
