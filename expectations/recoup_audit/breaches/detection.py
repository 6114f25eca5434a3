"""Judge logged contacts by every rule, and keep what broke one or came near one.

A run judges the contacts that arrived since the last one and those of the persons of whom anything else arrived: a
day's run costs what the day brought. The first run, and one under changed rules or zones, judges the whole log.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings

SQL_DIR = Path(__file__).parent / "sql"
FAMILIES = (
    "frequency", "cooldown", "statuses", "disputes", "disclosure", "limitation", "hours", "points", "consent",
)  # fmt: skip
"""In this order: `statuses` finds out which statuses concern a contact, and others ask it."""

SEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "postal_seed": ("postal_zones", ("country", "postal_prefix", "time_zones", "jurisdictions")),
    "area_code_seed": ("area_code_zones", ("area_code", "time_zones")),
    "region_seed": ("region_zones", ("region", "time_zones", "jurisdictions")),
    "disposition_seed": ("disposition_map", ("disposition_raw", "disposition")),
}
"""Facts that are no rules, by temporary table: the seed file and the columns of it that are read."""

_Connection = psycopg.Connection[tuple[Any, ...]]
_LOCK = 0x62726561  # "brea": one detection at a time


@dataclass(frozen=True)
class Findings:
    """What a run came to.

    Attributes:
        judged: Outbound contacts that were judged.
        breaches: Findings of this as-of date that stand: a contact and a rule that it broke, by debt where the rule is
            about debts.
        near_misses: The same of contacts that only came near.
        retracted: Findings and near misses that were taken back, because of what has been learned since.
        is_whole: The whole log was judged.
    """

    judged: int
    breaches: int
    near_misses: int
    retracted: int
    is_whole: bool


def detect(day: Day, settings: Settings, *, everything: bool = False) -> Findings:
    """Judge what is new in the contact log and write audit.breach_findings and audit.near_misses, in one transaction.

    Facts count as they are known now. Running it again for a day judges the day's batches again and changes nothing.

    Args:
        everything: Judge the whole log, as the first run does.
    """
    seeds = {table: _read_seed(settings, *source) for table, source in SEEDS.items()}
    with warehouse.connect("auditor", settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        digest = _digest(settings)
        is_whole = _open_run(connection, day, settings, digest, everything=everything)
        for table, rows in seeds.items():
            _load_seed(connection, table, rows)
        _run(connection, "rules")
        _run(connection, "everybody" if is_whole else "changed")
        for name in ("facts", "places", "judged", *FAMILIES, "told"):
            _run(connection, name)
        retracted = sum(
            _keep(connection, table, is_breach)
            for table, is_breach in (("breach_findings", True), ("near_misses", False))
        )
        return _close_run(connection, digest, is_whole=is_whole, retracted=retracted)


def _open_run(connection: _Connection, day: Day, settings: Settings, digest: str, *, everything: bool) -> bool:
    """Note in `this_run` where this run begins. Returns whether it judges the whole log.

    A batch that is still landing is looked at now and again next time: only finished ones are done with.
    """
    last = connection.execute(
        "select ledger_batch_id, contact_batch_id, rules_sha256 from audit.breach_runs"
        " order by breach_run_id desc limit 1"
    ).fetchone()
    company = settings.company
    connection.execute(
        """
        create temporary table this_run (
            as_of_date date, recorded_at timestamptz, company_role text, company_zone text, is_automated_voice boolean,
            ledger_from bigint, contact_from bigint, ledger_to bigint, contact_to bigint
        ) on commit drop
        """
    )
    connection.execute(
        """
        insert into this_run
        select
            %(as_of_date)s, %(recorded_at)s, %(role)s, %(zone)s, %(is_automated)s,
            (
                select min(batch_id) from raw_ledger.batches
                where batch_id > %(ledger)s or as_of_date = %(as_of_date)s
            ),
            (
                select min(batch_id) from raw_contact.batches
                where batch_id > %(contact)s or as_of_date = %(as_of_date)s
            ),
            (select coalesce(max(batch_id), 0) from raw_ledger.batches where finished_at is not null),
            (select coalesce(max(batch_id), 0) from raw_contact.batches where finished_at is not null)
        """,
        {
            "as_of_date": day.as_of_date, "recorded_at": day.recorded_at, "role": company.collector_role,
            "zone": company.time_zone, "is_automated": company.contact.automated_voice,
            "ledger": last[0] if last else 0, "contact": last[1] if last else 0,
        },
    )  # fmt: skip
    return everything or last is None or last[2] != digest


def _close_run(connection: _Connection, digest: str, *, is_whole: bool, retracted: int) -> Findings:
    row = connection.execute(
        """
        insert into audit.breach_runs (
            as_of_date, recorded_at, ledger_batch_id, contact_batch_id, rules_sha256, is_whole, judged_contacts,
            breaches, near_misses, retracted
        )
        select
            this_run.as_of_date, this_run.recorded_at, this_run.ledger_to, this_run.contact_to, %s, %s,
            (select count(*) from judged),
            (
                select count(*) from audit.breach_findings as found
                where found.as_of_date = this_run.as_of_date and found.retracted_at is null
            ),
            (
                select count(*) from audit.near_misses as near
                where near.as_of_date = this_run.as_of_date and near.retracted_at is null
            ),
            %s
        from this_run
        returning judged_contacts, breaches, near_misses
        """,
        [digest, is_whole, retracted],
    ).fetchone()
    assert row is not None
    judged, breaches, near_misses = row
    return Findings(judged, breaches, near_misses, retracted, is_whole)


def _run(connection: _Connection, name: str) -> None:
    # Our own file, no value in it.
    connection.execute(sql.SQL((SQL_DIR / f"{name}.sql").read_text(encoding="utf-8")))


def _keep(connection: _Connection, table: str, is_breach: bool) -> int:
    """Put this run's findings in place of the judged contacts' former ones. Returns how many were taken back."""
    text = sql.SQL((SQL_DIR / "keep.sql").read_text(encoding="utf-8"))
    with connection.cursor() as cursor:
        cursor.execute(text.format(table=sql.Identifier(table), is_breach=sql.Literal(is_breach)))
        return cursor.rowcount


def _read_seed(settings: Settings, name: str, columns: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    path = settings.project_dir / "dbt_project" / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row[column] or None for column in columns) for row in csv.DictReader(file)]


def _load_seed(connection: _Connection, table: str, rows: list[tuple[str | None, ...]]) -> None:
    columns = SEEDS[table][1]
    fields = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in columns)
    target = sql.Identifier(table)
    connection.execute(sql.SQL("create temporary table {} ({}) on commit drop").format(target, fields))
    with connection.cursor() as cursor, cursor.copy(sql.SQL("copy {} from stdin").format(target)) as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(sql.SQL("analyze {}").format(target))


def _digest(settings: Settings) -> str:
    """What the judgment rests on beside the log: other rules, zones or roles may judge an old contact differently."""
    company = settings.company
    digest = hashlib.sha256(f"{company.collector_role} {company.time_zone} {company.contact.automated_voice}".encode())
    seeds = (settings.project_dir / "dbt_project" / "seeds" / f"{name}.csv" for name, _ in SEEDS.values())
    for path in (*sorted(SQL_DIR.glob("*.sql")), *seeds):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
