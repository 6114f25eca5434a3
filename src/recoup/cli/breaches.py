"""recoup breaches: contacts that broke a contact rule, as breach detection found them in the log."""

from __future__ import annotations

from typing import Annotated

import typer
from psycopg import sql

from recoup import day_tables
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for

console = screen.console()
app = typer.Typer(help="Contacts that broke a contact rule, found in the log.", no_args_is_help=True)

_FOUND = sql.SQL(
    "select started_at, attempt_id, person_id, channel, rule_id, nullif(debt_unit, ''), detail, citation,"
    " case when retracted_at is null then '' else 'taken back' end from {}"
    " where as_of_date = %s order by retracted_at is not null, started_at, attempt_id, rule_id, debt_unit limit %s"
)


@app.command("show")
def show(
    as_of_date: Annotated[
        str | None, typer.Option("--as-of-date", metavar="YYYY-MM-DD", help="[default: the newest]")
    ] = None,
    near_misses: Annotated[bool, typer.Option("--near-misses", help="Those that only came near a rule.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 50,
    company: CompanyFile = None,
) -> None:
    """Show what was first found on a day, with rule and citation; what later facts undid is marked."""
    settings = settings_for(company)
    newest = day_tables.newest(settings, "auditor", "audit", "breach_runs", "as_of_date")
    day = parsed_date(as_of_date, "--as-of-date") if as_of_date else newest
    table = "near_misses" if near_misses else "breach_findings"
    found = day_tables.rows(settings, "auditor", _FOUND.format(sql.Identifier("audit", table)), [day, limit])
    judged = day_tables.rows(
        settings, "auditor",
        sql.SQL("select coalesce(max(judged_contacts), 0) from audit.breach_runs where as_of_date = %s"), [day],
    )[0][0]  # fmt: skip
    headings = ("begun", "contact", "person", "channel", "rule", "about", "what", "citation", "")
    title = f"{'Near misses' if near_misses else 'Breaches'} first found on {day} (audit.{table}; {judged:,} judged)"
    day_tables.print_rows(console, title, headings, found, settings.company.time_zone)
