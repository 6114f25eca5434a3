"""A warehouse with one published list in it: hostile names, odd keys, several hours, zones and channels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from policy_seeds import load_seeds

from recoup import warehouse as server
from recoup.company_handover import Handover, Target
from recoup.settings import Settings
from recoup.warehouse.initialization import _grant_names

LIST_DATE = date(2026, 4, 1)
CUTOFF = datetime(2026, 4, 1, 9, tzinfo=UTC)
NAMES = (
    "Ana María López", "محمد بن\u200f علي", "山田太郎", "Zoë Müller-Lüdenscheidt", "Nguye\u0302\u0303n Văn Anh",
    "👩\u200d👧 Emoji Person", "Robert\"); DROP TABLE students;--", "O'Brien, \"Pat\"", "=HYPERLINK(\"http://x\")",
    "@SUM(1+1)", "-cmd|' /C calc'!A0", "'quoted", "'=already", "Tab\there", "Line\nbreak", "Pipe|d Name",
    "Re\u202everse\u202c d", "  spaced   out  ", "נועה לוי", "Ⅻ ﬁ ligature", "\u061cعلم",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a test knows of one listed account."""

    seq: int
    account_id: str
    address: str
    full_name: str | None
    hour: int
    channel: str = "voice"
    zones: tuple[str, ...] = ("America/New_York",)
    script: str = "standard"
    person_id: str = ""
    attempts_remaining: int | None = 3

    @property
    def list_key(self) -> str:
        return f"20260401-1-{self.seq}"

    @property
    def slot(self) -> datetime:
        return datetime(2026, 4, 1, tzinfo=UTC) + timedelta(hours=self.hour)

    @property
    def row_hash(self) -> str:
        return hashlib.sha256(f"{self.seq}{self.account_id}".encode()).hexdigest()


def usual_rows() -> list[Row]:
    """Sixty rows over three hours, the hours mixed in the order of seq."""
    accounts = ["00012", "A-7", "=A1", "+49", 'ü,"x"', "'=A2"]
    return [
        Row(
            seq=i, account_id=accounts[i - 1] if i <= len(accounts) else f"{i:09d}",
            address=f"+1212555{i:04d}" if i % 7 else f"+4420718{i:05d}", full_name=NAMES[i % len(NAMES)],
            hour=13 + (i * 7) % 3 * 5,
            zones=("America/Chicago", "America/New_York") if i % 2 else ("America/Phoenix",),
            attempts_remaining=None if i % 5 == 0 else 3,
        )
        for i in range(1, 61)
    ]  # fmt: skip


@dataclass
class Desk:
    """A warehouse whose newest list a test chose."""

    settings: Settings
    rows: list[Row] = field(default_factory=list)

    def execute(self, statement: str, *values: Any, role: str = "admin") -> list[tuple[Any, ...]]:
        with server.connect(role, self.settings, self.settings.database) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def with_targets(self, *targets: dict[str, Any], names: bool = True) -> Settings:
        handover = Handover(names=names, targets=tuple(Target.model_validate(target) for target in targets))
        return replace(self.settings, company=self.settings.company.model_copy(update={"handover": handover}))

    def publish(self, rows: Sequence[Row]) -> None:
        """Put a list in place of whatever was published; past the machinery that keeps published lists as they are."""
        self.rows = list(rows)
        with server.connect("admin", self.settings, self.settings.database) as connection:
            connection.execute("set local session_replication_role = replica")
            for table in (
                "lists.suppressions", "lists.deliveries", "lists.contact_priority", "lists.manifest",
                "vault.contact_points", "vault.persons",
            ):  # fmt: skip
                connection.execute(f"delete from {table}")
            connection.execute(
                "insert into lists.manifest values (%s, 1, %s, %s, 0, %s, 0, %s, %s, 'rules-1', 'reach-1')",
                [LIST_DATE, LIST_DATE - timedelta(days=1), len(rows), len(rows), "0" * 64, CUTOFF],
            )
            with connection.cursor() as cursor:
                cursor.executemany(_ROW, [_values(row) for row in rows])
                cursor.executemany(
                    "insert into vault.contact_points values (%s, %s, %s, %s, %s, %s, false)",
                    [
                        (f"C{row.seq}", row.person_id or f"P{row.seq}", "voice", row.address, CUTOFF, CUTOFF)
                        for row in rows
                    ],
                )
                cursor.executemany(
                    "insert into vault.persons values (%s, %s, %s, %s, false) on conflict do nothing",
                    [(row.person_id or f"P{row.seq}", row.full_name, CUTOFF, CUTOFF) for row in rows],
                )


_ROW = """
insert into lists.contact_priority values (
    %(list_date)s, 1, date '2026-03-31', %(seq)s, %(account_id)s, %(person_id)s, %(debt_ids)s, %(channel)s,
    %(contact_point_id)s, %(slot)s, %(slot)s + interval '1 hour', %(score)s, 0.25, 0.5, 0.3, 50, 20, 0.9, 150.25, 100.5,
    'USD', 30, '1-30', null,
    tstzmultirange(tstzrange('2026-04-01 12:00+00', '2026-04-01 20:30+00'),
                   tstzrange('2026-04-01 21:00+00', '2026-04-02 01:00+00')),
    %(zones)s, %(attempts_remaining)s, '2026-04-02 01:00+00', 'call', %(script)s, 'standard',
    array['LARGE_AMOUNT', 'NUMBER_NEW'], 'treated', 'reach-1', 'rules-1', 'run-1', %(row_hash)s
)
"""


def _values(row: Row) -> dict[str, Any]:
    return {
        "list_date": LIST_DATE, "seq": row.seq, "account_id": row.account_id,
        "person_id": row.person_id or f"P{row.seq}", "debt_ids": [f"D{row.seq}", "D,x"], "channel": row.channel,
        "contact_point_id": f"C{row.seq}", "slot": row.slot, "score": 1000.5 / row.seq, "zones": list(row.zones),
        "attempts_remaining": row.attempts_remaining, "script": row.script, "row_hash": row.row_hash,
    }  # fmt: skip


@pytest.fixture(scope="session")
def _one_desk(new_warehouse: Callable[..., AbstractContextManager[Settings]], cluster: Settings) -> Iterator[Desk]:
    company = cluster.company.model_copy(update={"handover": Handover(names=True)})
    with new_warehouse(company=company) as settings:
        with server.connect("admin", settings, settings.database) as admin:
            _grant_names(admin, hands_over=True)
        load_seeds(settings)
        yield Desk(settings)


@pytest.fixture
def desk(_one_desk: Desk) -> Desk:
    """The usual list, published anew for every test."""
    _one_desk.publish(usual_rows())
    return _one_desk
