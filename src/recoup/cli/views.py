"""recoup lists, alerts, aging, kpis, leakage: what the day came to, read from the warehouse as its readers read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from recoup import day_tables
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.errors import StageFailedError
from recoup.settings import Settings
from recoup.warehouse import Role

console = screen.console()
lists_app = typer.Typer(help="The published lists.", no_args_is_help=True)
alerts_app = typer.Typer(help="What deserves a person today.", no_args_is_help=True)
aging_app = typer.Typer(help="Receivables by age, tied to the ledger.", no_args_is_help=True)
kpis_app = typer.Typer(help="Key figures, each with numerator and denominator.", no_args_is_help=True)
leakage_app = typer.Typer(help="Revenue leakage by cause: at risk, recovered, open.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, help="How many rows.")]
OnDate = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="[default: the newest]")]


@lists_app.command("show")
def show_lists(
    which: Annotated[str, typer.Argument(help="priority, best-time or excluded.")] = "priority",
    on_date: OnDate = None,
    limit: Limit = 20,
    company: CompanyFile = None,
) -> None:
    """Show the first rows of a published list."""
    settings = settings_for(company)
    day_tables.list_named(which)
    list_date = _date_or_newest(settings, "dialer", "lists", "manifest", "list_date", on_date)
    day_tables.show_list(settings, which, list_date, console, limit)


@alerts_app.command("show")
def show_alerts(on_date: OnDate = None, limit: Limit = 20, company: CompanyFile = None) -> None:
    """Show what deserves a person today, with what to do about it."""
    settings = settings_for(company)
    # A day without an alert has no row of its own: the newest day is told by what is built every day.
    as_of_date = _date_or_newest(settings, "bi_reader", "marts", "ar_control_total", "as_of_date", on_date)
    day_tables.show_alerts(settings, as_of_date, console, limit)


@aging_app.command("show")
def show_aging(on_date: OnDate = None, company: CompanyFile = None) -> None:
    """Show open receivables by bucket, and that they tie to the ledger's control total to the cent."""
    settings = settings_for(company)
    as_of_date = _date_or_newest(settings, "bi_reader", "marts", "ar_aging_summary", "as_of_date", on_date)
    if not day_tables.show_aging(settings, as_of_date, console):
        raise StageFailedError(
            f"The aging of {as_of_date} does not tie to the ledger: run `recoup stage build_marts` again."
        )


@kpis_app.command("show")
def show_kpis(on_date: OnDate = None, limit: Limit = 40, company: CompanyFile = None) -> None:
    """Show the company-wide figures of a day, each with the two numbers that make it."""
    settings = settings_for(company)
    kpi_date = _date_or_newest(settings, "bi_reader", "marts", day_tables.FIGURE_TABLES[0], "kpi_date", on_date)
    day_tables.show_figures(settings, kpi_date, console, limit)


@leakage_app.command("show")
def show_leakage(on_date: OnDate = None, limit: Limit = 15, company: CompanyFile = None) -> None:
    """Show revenue leakage by cause, and the events with most left open."""
    settings = settings_for(company)
    as_of_date = _date_or_newest(settings, "bi_reader", "marts", "revenue_leakage_daily", "as_of_date", on_date)
    day_tables.show_leakage(settings, as_of_date, console, limit)


def _date_or_newest(settings: Settings, role: Role, schema: str, table: str, column: str, wanted: str | None) -> date:
    return parsed_date(wanted, "--date") if wanted else day_tables.newest(settings, role, schema, table, column)
