"""recoup figures: what the figures of a day were, by what was known at an instant."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from psycopg import sql
from rich.table import Table

from recoup import asked_figures, day_tables, warehouse
from recoup.asked_figures import Answer
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.day import Day
from recoup.errors import RecoupError, StageFailedError
from recoup.settings import Settings

console = screen.console()
_HELD = ("control_total_amount", "unapplied_cash_amount", "unapplied_credit_amount")


def register(app: typer.Typer) -> None:
    """Add this subject's command to the command line."""
    app.command()(figures)


def figures(
    as_of_date: Annotated[
        str | None, typer.Option("--as-of-date", metavar="YYYY-MM-DD", help="The day, at its end, inclusive.")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar="TIME",
            help="What was known then: an instant such as 2026-03-31T09:00Z, or a day, at its close. [default: all]",
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave every mart of the answer in a schema that bi_reader can read.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Drop the answers that were kept.")] = False,
    company: CompanyFile = None,
) -> None:
    """Show the figures of any day, by what was known at any instant; the marts stay as they are."""
    settings = settings_for(company)
    if forget:
        dropped = asked_figures.forget(settings)
        console.print(f"Dropped {', '.join(dropped)}." if dropped else "No answer was kept.")
        return
    if as_of_date is None:
        raise RecoupError("Name the day that you ask about: recoup figures --as-of-date YYYY-MM-DD.")
    day = parsed_date(as_of_date, "--as-of-date")
    instant = parsed_instant(known_at, settings) if known_at else None
    with asked_figures.ask(day, instant, settings, is_kept=keep) as answer:
        local = answer.known_at.astimezone(ZoneInfo(settings.company.time_zone))
        console.print(
            f"{settings.company.company}, as of {answer.as_of_date}, as known at {local:%Y-%m-%d %H:%M:%S %Z}"
        )
        is_tied = day_tables.show_aging(settings, answer.as_of_date, console, answer.schema)
        _print_held(answer, settings)
        _print_kpis(answer, settings)
        if not is_tied:
            raise StageFailedError(f"The aging of {day} does not tie to the ledger as it was known then.")
    if keep:
        console.print(f"Every mart of the answer is in the schema {answer.schema}; `recoup figures --forget` drops it.")


def parsed_instant(text: str, settings: Settings, option: str = "--known-at") -> datetime:
    """Read an instant. A day alone is its close: what the run of that day knew; a time without a zone is local.

    Raises:
        RecoupError: `text` is none.
    """
    try:
        return Day.closing(date.fromisoformat(text), settings.company.time_zone).recorded_at
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise RecoupError(f"{option} {text!r} is no instant: write it as 2026-03-31 or 2026-03-31T09:00Z.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(settings.company.time_zone))


def _print_held(answer: Answer, settings: Settings) -> None:
    table = Table("currency", "control total", "unapplied cash", "unapplied credits",
                  title="Control total: open items less unapplied money", title_justify="left")  # fmt: skip
    with warehouse.connect("bi_reader", settings) as connection:
        rows = connection.execute(
            sql.SQL("select currency, {} from {} order by currency").format(
                sql.SQL(", ").join(map(sql.Identifier, _HELD)), sql.Identifier(answer.schema, "ar_control_total")
            )
        ).fetchall()
    for column in table.columns[1:]:
        column.justify = "right"
    for currency, *amounts in rows:
        table.add_row(currency, *(f"{amount:,.2f}" for amount in amounts))
    console.print(table)


def _print_kpis(answer: Answer, settings: Settings) -> None:
    table = Table("metric", "currency", "numerator", "denominator", "value", title="Key figures of the day",
                  title_justify="left")  # fmt: skip
    for column in table.columns[2:]:
        column.justify = "right"
    with warehouse.connect("bi_reader", settings) as connection:
        found = connection.execute(
            "select table_name::text from information_schema.tables where table_schema = %s"
            " and starts_with(table_name, 'kpi_') and table_name <> 'kpi_values' order by table_name",
            [answer.schema],
        ).fetchall()
        for (name,) in found:
            rows = connection.execute(
                sql.SQL(
                    "select metric, coalesce(currency, ''), numerator, denominator, value from {}"
                    " where period = 'day' and kpi_date = %s and grain = 'total' order by metric, currency"
                ).format(sql.Identifier(answer.schema, name)),
                [answer.as_of_date],
            ).fetchall()
            for metric, currency, *values in rows:
                table.add_row(metric, currency, *("" if value is None else f"{value:,.4f}" for value in values))
    console.print(table)
