"""recoup why: why a person was called on a day, or not, in words and with every citation."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from recoup import day_tables
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.replay.proof import Proof, contact_proof

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's command to the command line."""
    app.command()(why)


def why(
    person: Annotated[str, typer.Option("--person", metavar="PERSON_ID", help="Whom the question is about.")],
    on: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day, in the company's time zone.")],
    company: CompanyFile = None,
) -> None:
    """Tell why a person was called on a day, or not: list row or reasons, rules, models, counted attempts, contacts."""
    settings = settings_for(company)
    proofs = contact_proof(person, parsed_date(on, "--date"), settings)
    zone = settings.company.time_zone
    first = proofs[0]
    console.print(f"{person} on {first.list_date}: {_said(proofs)}")
    if first.knowledge_cutoff:
        local = first.knowledge_cutoff.astimezone(ZoneInfo(zone))
        console.print(
            f"List version {first.list_version}, as known at {local:%Y-%m-%d %H:%M:%S %Z}, rules {first.rule_version}, "
            f"models {first.model_version}"
        )
    for proof in proofs:
        _print_account(proof, zone)
    _print("What the rules counted", first.counted, ("rule_id", "debt_unit", "counted", "cap", "window_days",
        "time_zone", "attempt_ids", "citation"), zone)  # fmt: skip
    _print("Contacts of the day", first.contacts, ("attempt_id", "started_at", "direction", "channel",
        "contact_point_id", "disposition", "is_conversation", "is_of_a_list_row"), zone)  # fmt: skip
    _print("Contact checks of the day", first.checks, ("check_id", "contact_at", "channel", "is_allowed", "reasons",
        "citations", "reservation_id"), zone)  # fmt: skip
    _print("Rules that were broken", first.breaches, ("attempt_id", "rule_id", "detail", "citation"), zone)


def _said(proofs: list[Proof]) -> str:
    verdicts = ", ".join(
        proof.verdict if proof.account_id is None else f"{proof.account_id} {proof.verdict}" for proof in proofs
    )
    return f"{'contacted' if proofs[0].was_contacted else 'not contacted'}; {verdicts}"


def _print_account(proof: Proof, zone: str) -> None:
    if proof.list_row:
        row = proof.list_row
        console.print(
            f"{proof.account_id}: number {row['seq']} on the list, {row['channel']} to {row['contact_point_id']} of "
            f"{row['person_id']}, value {row['priority_score']:,.2f}, arm {row['arm']}, because "
            f"{', '.join(row['reason_codes']) or 'its value is the highest left'} (row {proof.row_hash})"
        )
    _print(f"Why {proof.account_id} was left out", proof.exclusions, ("rule_id", "reason", "detail",
        "blocked_until_utc", "citation", "rule_text"), zone)  # fmt: skip
    _print(f"What the rules said about the person for {proof.account_id}", proof.blocks, ("rule_id", "reason",
        "contact_point_id", "channel", "debt_id", "detail", "citation"), zone)  # fmt: skip


def _print(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...], zone: str) -> None:
    if rows:
        shown = [tuple(row.get(column) for column in columns) for row in rows]
        day_tables.print_rows(console, title, tuple(name.replace("_", " ") for name in columns), shown, zone)
