"""recoup erase and recoup retention: forgetting who somebody was, and keeping what the law wants kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from recoup import day_tables, warehouse
from recoup.cli import screen
from recoup.cli.options import AsOfDate, CompanyFile, day_for, last_closed, parsed_date, settings_for
from recoup.errors import RecoupError
from recoup.landing.erasure import erase_person
from recoup.replay import retention as records

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    app.command()(erase)
    app.command()(retention)


def erase(
    person: Annotated[str, typer.Option("--person", metavar="PERSON_ID", help="Whom to forget.")],
    yes: Annotated[bool, typer.Option("--yes", help="It is for good: without this nothing is done.")] = False,
    company: CompanyFile = None,
) -> None:
    """Forget who a person is, for good: name, numbers and addresses go; the ledger and the contact log keep keys."""
    settings = settings_for(company)
    if not yes:
        raise RecoupError(
            f"Erasing {person} cannot be undone, also by a reload: run the same command with --yes. The ledger and the "
            "contact log stay, with keys alone."
        )
    warehouse.ensure_running(settings)
    done = erase_person(person, day_for(None, settings), datetime.now(UTC), settings)
    if done.was_erased:
        console.print(f"{person} had been erased before; nothing changed.")
        return
    console.print(
        f"{person} is erased: the name and {done.contact_points} contact points are gone from the vault, and from what "
        "dialers see, at once. From the next run on, no list, score or training set holds the person. `recoup "
        "retention` says until when the contact log is kept."
    )


def retention(as_of_date: AsOfDate = None, company: CompanyFile = None) -> None:
    """Show what of the contact log must be kept, and until when; nothing is deleted."""
    settings = settings_for(company)
    on = parsed_date(as_of_date, "--as-of-date") if as_of_date else last_closed(settings)
    found = records.report(on, settings)
    day_tables.print_rows(
        console,
        f"Contact logs on {on}: kept {found.kept_days} days after the last activity ({records.CITATION})",
        ("state", "erased", "persons", "attempts", "rows", "oldest", "kept until, first", "last"),
        [
            (one.state, one.is_erased, one.persons, one.attempts, one.rows, one.first_on, *one.keep_from_until)
            for one in found.classes
        ],
    )
    if found.erased:
        day_tables.print_rows(
            console,
            "Erased persons whose log is kept with keys alone",
            ("person", "attempts", "last activity", "kept until"),
            [
                (held.person_id, held.attempts, held.last_on, held.keep_until or "not before the debt is settled")
                for held in found.erased
            ],
        )
