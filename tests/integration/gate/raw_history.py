"""Small histories put straight into raw, and the contact check asked about them: no source, no landing, no dbt.

Load it by its path (the tests' folders are no packages), as this folder's conftest does. In an initialized warehouse:

    load_seeds(settings)                        # policy.contact_rules, zones, dispositions: the seed files, without dbt
    tell(settings, collector_role="third_party")        # gate.parameters; company.yml's values where nothing is given
    put(settings, {"persons": [{"person_id": "P1"}], "attempts": [{...}, ...]})
    judge(settings, [Question("P1", ("D1",), "C1", "voice", "collection", at)])     # set-based: one query for all
    empty(settings)                             # every raw row and reservation is gone, seeds and parameters stay

A row holds the entity's columns (`recoup.entities`); what is required and not given gets a plain default (`DEFAULTS`),
so that a person is `{"person_id": "P1"}`. Beside them a row may hold `feed` ("ledger" or "contact", where both may
deliver it; default contact), `area_code` (contact points, as landing derives it: "212", "+44") and `known_at` (aware):
two rows of one key with different `known_at` are two versions of it. `put` may be called as often as one likes; it also
keeps a finished batch of each feed for `logged_until` (default: far in the future), so that there is a contact log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from typing import Any

from policy_seeds import load_seeds
from psycopg import sql

from recoup import warehouse
from recoup.entities import ENTITIES, Entity, Feed, entities_of, entity
from recoup.landing.ddl import TECHNICAL_COLUMNS, stored_columns
from recoup.settings import Settings

__all__ = ["Answer", "Question", "empty", "judge", "load_seeds", "put", "tell"]

Row = Mapping[str, Any]
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
DEFAULTS: dict[str, dict[str, Any]] = {
    "persons": {"kind": "natural"},
    "accounts": {"product": "energy", "currency": "USD", "status": "open", "opened_on": date(2015, 1, 1)},
    "account_parties": {"role": "obligor", "from_on": date(2015, 1, 1)},
    "debts": {"kind": "utility", "collector_role": "third_party", "default_on": date(2025, 12, 1)},
    "invoices": {"currency": "USD", "issued_on": date(2025, 11, 1), "status": "open", "total_cents": 10_000},
    "payments": {
        "currency": "USD", "amount_cents": 0, "method": "card", "status": "settled",
        "attempted_at": datetime(2026, 1, 1, tzinfo=UTC),
    },
    "applications": {"applied_on": date(2026, 1, 1)},
    "adjustments": {"currency": "USD", "on": date(2026, 1, 1)},
    "disputes": {"kind": "billing", "amount_cents": 100},
    "contact_points": {"medium": "voice", "type": "mobile"},
    "consents": {"purpose": "collection"},
    "attempts": {
        "channel": "voice", "direction": "outbound", "connected": False, "disposition_raw": "no_answer",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """May this person be contacted about these debts at this point, this way, for this purpose, at this instant?"""

    person_id: str
    debt_ids: Sequence[str]
    contact_point_id: str
    channel: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What gate.judge says; amounts in cents of `currency`."""

    is_allowed: bool
    rule_ids: frozenset[str]
    attempts_remaining: int | None
    blocked_until: datetime | None
    owed_cents: int | None
    currency: str | None
    reasons: tuple[str, ...]
    citations: tuple[str, ...]


def tell(settings: Settings, **parameters: Any) -> None:
    """Set gate.parameters; names as its columns, the company's own values where none is given."""
    known = {
        "collector_role": settings.company.collector_role,
        "time_zone": settings.company.time_zone,
        "has_automated_voice": False,
        "has_contact_feed": True,
        "is_declared_uncontacted": False,
        "reservation_seconds": 900,
    }
    assert not parameters.keys() - known.keys(), parameters
    with warehouse.connect("gate_owner", settings) as connection:
        connection.execute("select gate.set_parameters(%s, %s, %s, %s, %s, %s)", list((known | parameters).values()))


def put(
    settings: Settings, rows: Mapping[str, Iterable[Row]], *, logged_until: date | None = date(2099, 12, 31)
) -> None:
    """Add rows by entity.

    Args:
        logged_until: Company date that the contact log was read for, inclusive. None = no pull is recorded.
    """
    with warehouse.connect("loader", settings) as connection:
        if logged_until is not None:
            for feed in ("ledger", "contact"):
                connection.execute(
                    sql.SQL(
                        "insert into {} (feed, as_of_date, recorded_at, is_first, finished_at)"
                        " values (%s, %s, clock_timestamp(), true, clock_timestamp())"
                    ).format(sql.Identifier(f"raw_{feed}", "batches")),
                    [feed, logged_until],
                )
            connection.execute(
                "insert into raw_contact.manifest (batch_id, entity, read_rows, loaded_rows, held_rows, rejected_rows)"
                " select max(batch_id), 'attempts', 0, 0, 0, 0 from raw_contact.batches"
            )
        for name, entries in rows.items():
            described = entity(name)
            by_feed: dict[Feed, list[Row]] = {}
            for entry in entries:
                feed: Feed = described.feeds[0] if len(described.feeds) == 1 else entry.get("feed", "contact")
                by_feed.setdefault(feed, []).append(entry)
            for feed, some in by_feed.items():
                _copy(connection, feed, described, some)


def empty(settings: Settings) -> None:
    """Forget every raw row and every reservation."""
    names = [
        sql.Identifier(f"raw_{feed}", name)
        for feed in ("ledger", "contact")
        for name in ("batches", "manifest", "rejected", *(described.name for described in entities_of(feed)))
    ]
    with warehouse.connect("loader", settings) as connection:
        connection.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(names)))
    with warehouse.connect("gate_owner", settings) as connection:
        connection.execute("truncate gate.reservations")


def judge(settings: Settings, questions: Sequence[Question]) -> list[Answer]:
    """Ask gate.judge all questions in one query; the answers in the questions' order."""
    with warehouse.connect("auditor", settings) as connection:
        connection.execute(
            "create temporary table questions (n integer, person_id text, debt_ids text[], contact_point_id text,"
            " channel text, purpose text, at timestamptz)"
        )
        with connection.cursor().copy("copy questions from stdin") as copy:
            for n, question in enumerate(questions):
                values = list(astuple(question))
                values[1] = list(values[1])
                copy.write_row([n, *values])
        found = connection.execute(
            "select j.is_allowed, j.rule_ids, j.attempts_remaining, j.blocked_until, j.owed_cents, j.currency,"
            " j.reasons, j.citations from questions as q cross join lateral"
            " gate.judge(q.person_id, q.debt_ids, q.contact_point_id, q.channel, q.purpose, q.at) as j order by q.n"
        ).fetchall()
    return [
        Answer(row[0], frozenset(row[1]), row[2], row[3], row[4], row[5], tuple(row[6]), tuple(row[7])) for row in found
    ]


def _copy(connection: Any, feed: Feed, described: Entity, entries: Sequence[Row]) -> None:
    columns = [column.name for column in stored_columns(described)]
    technical = [name for name, _ in TECHNICAL_COLUMNS]
    types = [column.type for column in stored_columns(described)] + [type_ for _, type_ in TECHNICAL_COLUMNS]
    defaults = DEFAULTS.get(described.name, {})
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(f"raw_{feed}", described.name),
        sql.SQL(", ").join(map(sql.Identifier, [*columns, *technical])),
    )
    known = {*columns, "feed", "known_at"}
    with connection.cursor().copy(statement) as copy:
        copy.set_types(types)
        for entry in entries:
            assert entry.keys() <= known, entry.keys() - known
            row = defaults | dict(entry)
            known_at = row.get("known_at") or LONG_AGO
            copy.write_row(
                [*(row.get(column) for column in columns), _key(described, row), 1, known_at, known_at, known_at, ""]
            )


def _key(described: Entity, row: Row) -> str:
    parts = ["" if row.get(name) is None else str(row[name]) for name in described.key]
    if len(parts) == 1:
        return parts[0]
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


assert set(DEFAULTS) <= {described.name for described in ENTITIES}
