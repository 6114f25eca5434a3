"""recoup demo, up, down: the day through the project's own DAGs, and Airflow on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from recoup import warehouse
from recoup.cli import screen
from recoup.cli.options import AsOfDate, CompanyFile, last_closed, parsed_date, settings_for

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    for command in (demo, up, down):
        app.command()(command)


def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many customers the made-up company has.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="How many months of history it has.")] = 18,
    profile: Annotated[str, typer.Option(help="utility, telecom, lender or subscription.")] = "utility",
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    as_of_date: AsOfDate = None,
    company: CompanyFile = None,
) -> None:
    """Make up a company and run its day through the DAGs, from source systems to published lists."""
    from recoup.airflow_runtime import demo as runner

    settings = settings_for(company)
    end = parsed_date(as_of_date, "--as-of-date") if as_of_date else last_closed(settings)
    runner.run(
        settings, as_of_date=end, customers=customers, months=months, profile=profile, seed=seed, console=console
    )


def up(company: CompanyFile = None) -> None:
    """Start Airflow (scheduler, DAG processor, API server with its pages, triggerer) on this machine."""
    from recoup.airflow_runtime import services

    services.up(settings_for(company), console)


def down(company: CompanyFile = None) -> None:
    """Stop Airflow and the embedded Postgres; leaves no process."""
    from recoup.airflow_runtime import services

    settings = settings_for(company)
    services.down(settings, console)
    if warehouse.stop(settings):
        console.print("The embedded Postgres is stopped.")
