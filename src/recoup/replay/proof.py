"""Why a person was called on a day, or not: the row of `monitoring.contact_proof`, read as BI may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recoup import warehouse
from recoup.settings import Settings

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Proof:
    """One account of the person on the day; one row without an account where no list of the day knew the person.

    Attributes:
        verdict: listed, excluded, not in the population, or no list that day.
        was_contacted: An outbound contact of the day stands in the log.
        list_row: The published row, keys only; None where the account was not listed.
        exclusions: Every published reason with its citation and the rule's text of then.
        blocks: What each rule said about this person, also where another way was left open.
        counted: What each rule counted, with the ids of the attempts.
        contacts: The day's contacts of the log, inbound ones too.
        checks: Questions to the contact check about the day, and the answers.
        breaches: What was found against the day's contacts afterwards.
    """

    list_date: date
    list_version: int | None
    person_id: str
    account_id: str | None
    verdict: str
    was_contacted: bool
    list_row: dict[str, Any] | None
    exclusions: Rows
    blocks: Rows
    counted: Rows
    contacts: Rows
    checks: Rows
    breaches: Rows
    rule_version: str | None
    model_version: str | None
    knowledge_cutoff: datetime | None
    row_hash: str | None


def contact_proof(person_id: str, on: date, settings: Settings) -> list[Proof]:
    """The proof of one person and day, an entry an account, by account_id."""
    with warehouse.connect("bi_reader", settings) as connection:
        rows = connection.execute("select * from monitoring.contact_proof(%s, %s)", [person_id, on]).fetchall()
    return [Proof(*row) for row in rows]
