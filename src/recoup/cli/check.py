"""recoup check and recoup pull: what a dialer would be told, from the newest rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from recoup import pipeline, warehouse
from recoup.cli import screen
from recoup.cli.figures import parsed_instant
from recoup.cli.options import CompanyFile, settings_for
from recoup.gate import asking
from recoup.schedule import day_under_way
from recoup.settings import Settings

console = screen.console()
_At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="An instant such as 2026-04-01T14:00Z. [default: now]")
]


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    app.command()(check)
    app.command()(pull)


def check(
    person: Annotated[str, typer.Option("--person", metavar="ID", help="Whom to contact.")],
    contact_point: Annotated[str, typer.Option("--contact-point", metavar="ID", help="Which number or address.")],
    debt: Annotated[
        list[str] | None,
        typer.Option(
            "--debt",
            metavar="ID",
            help="What about; several times for several debts. An account without debts is named itself.",
        ),
    ] = None,
    channel: Annotated[str, typer.Option("--channel", help="voice, voicemail, sms, email or letter.")] = "voice",
    purpose: Annotated[
        str, typer.Option("--purpose", help="collection, servicing, solicitation or location.")
    ] = "collection",
    at: _At = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the reservation; otherwise an allowed answer gives it back at once.")
    ] = False,
    company: CompanyFile = None,
) -> None:
    """Ask the contact check whether a contact is allowed, and why not. The question is logged like a dialer's."""
    settings = settings_for(company)
    instant = parsed_instant(at, settings, "--at") if at else datetime.now(UTC)
    with warehouse.connect("dialer", settings, autocommit=True) as connection:
        answer = asking.ask(connection, person, debt or (), contact_point, channel, purpose, instant)
        if answer.reservation_id and not keep:
            asking.release(connection, answer.reservation_id)
    _print(answer, settings, is_kept=keep)


def pull(at: _At = None, company: CompanyFile = None) -> None:
    """Pull what both sources have learned since the last pull, for the contact check (the DAG pull_intraday's work)."""
    settings = settings_for(company)
    instant = parsed_instant(at, settings, "--at") if at else datetime.now(UTC)
    day = day_under_way(instant, settings.company.time_zone)
    warehouse.initialize(settings)
    counts = pipeline.run_stage("pull_intraday", day, settings)
    console.print(", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items()))
    if counts["waiting"]:
        console.print("A feed waits: the day's own pull of the day before is not through (`recoup status`).")


def _print(answer: asking.Answer, settings: Settings, *, is_kept: bool) -> None:
    def local(instant: datetime) -> str:
        return f"{instant.astimezone(ZoneInfo(settings.company.time_zone)):%Y-%m-%d %H:%M %Z}"

    console.print("[green]allowed[/green]" if answer.allowed else "[red]not allowed[/red]")
    if answer.reasons:
        table = Table("reason", "citation")
        for reason, citation in zip(answer.reasons, answer.citations, strict=True):
            table.add_row(reason, citation)
        console.print(table)
        console.print(f"until {local(answer.until)}" if answer.until else "until: never, or not known")
    console.print(f"owed {answer.owed_amount:,.2f}")
    if answer.attempts_remaining is not None:
        console.print(f"attempts remaining before this one: {answer.attempts_remaining}")
    if answer.reservation_id:
        console.print(f"reservation {answer.reservation_id} {'kept' if is_kept else 'given back'}")
