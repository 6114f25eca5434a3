"""recoup init, start, stop, destroy, status, doctor, url: the warehouse itself."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from recoup import warehouse
from recoup.cli import doctor as checks
from recoup.cli import screen
from recoup.cli import status as standing
from recoup.cli.options import CompanyFile, settings_for
from recoup.errors import RecoupError
from recoup.warehouse import embedded
from recoup.warehouse.roles import ROLES

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    for command in (init, start, stop, status, doctor, url, destroy):
        app.command()(command)


def init(
    new_passwords: Annotated[
        bool, typer.Option("--new-passwords", help="Take over roles that another home made, with new passwords.")
    ] = False,
    company: CompanyFile = None,
) -> None:
    """Make the warehouse ready: server, roles, databases, schemas, tables, grants. Safe to run again."""
    settings = settings_for(company)
    warehouse.initialize(settings, new_passwords=new_passwords)
    console.print(f"The warehouse [bold]{settings.database}[/bold] is ready ({_where(settings.admin_url)}).")


def start(company: CompanyFile = None) -> None:
    """Start the embedded Postgres. It stays until `recoup stop`."""
    settings = settings_for(company)
    if settings.admin_url is not None:
        raise RecoupError("RECOUP_WAREHOUSE_URL names a server of your own, which Recoup neither starts nor stops.")
    warehouse.ensure_running(settings)
    console.print(f"The embedded Postgres runs; its state is in {settings.home}.")


def stop(company: CompanyFile = None) -> None:
    """Stop the embedded Postgres. Its data stay."""
    settings = settings_for(company)
    if settings.admin_url is not None:
        raise RecoupError("RECOUP_WAREHOUSE_URL names a server of your own, which Recoup neither starts nor stops.")
    console.print(
        "The embedded Postgres is stopped." if warehouse.stop(settings) else "The embedded Postgres was not running."
    )


def status(company: CompanyFile = None) -> None:
    """Show the server, the last stages by date, the lists published, and rows that could not be loaded."""
    standing.show(settings_for(company), console)


def doctor(company: CompanyFile = None) -> None:
    """Check what Recoup needs, line by line, and say how to mend what is missing."""
    table = Table(show_header=False, box=None, pad_edge=False)
    findings = list(checks.examine(company))
    for finding in findings:
        mark = "[green]ok[/green]" if finding.mend is None else "[red]mend[/red]"
        table.add_row(mark, f"[bold]{finding.name}[/bold]", finding.detail if finding.mend is None else finding.mend)
    console.print(table)
    broken = sum(finding.mend is not None for finding in findings)
    if broken:
        console.print(f"{broken} of {len(findings)} to mend.")
        raise typer.Exit(2)
    console.print(f"All {len(findings)} are well.")


def url(
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "bi_reader",
    database: Annotated[
        str | None, typer.Option(help="Database [default: the warehouse]; billing_ledger and the like are understood.")
    ] = None,
    driver: Annotated[str, typer.Option(help="Scheme of the URL, such as postgresql+psycopg2.")] = "postgresql",
    company: CompanyFile = None,
) -> None:
    """Print a connection URL, password included, for any SQL client: psql "$(recoup url --role bi_reader)"."""
    settings = settings_for(company)
    chosen = next((known for known in ROLES if known == role), None)
    if chosen is None:
        raise RecoupError(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.")
    if database in ("billing_ledger", "contact_center", "truth", "airflow"):
        database = settings.source_database(database)
    # Plain: a wrapped or colored URL is no URL.
    typer.echo(warehouse.url(chosen, settings, database, driver))


def destroy(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    company: CompanyFile = None,
) -> None:
    """Stop the embedded Postgres and delete its data: every list, every ledger, for good."""
    settings = settings_for(company)
    if settings.admin_url is not None:
        raise RecoupError("RECOUP_WAREHOUSE_URL names a server of your own, whose data Recoup does not delete.")
    if not yes:
        typer.confirm(f"Delete every database of the embedded Postgres in {settings.home}?", abort=True)
    embedded.destroy(settings)
    console.print("The embedded Postgres and its data are gone.")


def _where(admin_url: str | None) -> str:
    return "embedded Postgres" if admin_url is None else "RECOUP_WAREHOUSE_URL"
