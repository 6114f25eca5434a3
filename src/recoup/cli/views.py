"""recoup lists, aging, kpis: what the day came to, read from the warehouse as its readers read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer
from psycopg import sql
from rich.console import Console
from rich.table import Table

from recoup import warehouse
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.errors import RecoupError, StageFailedError
from recoup.settings import Settings
from recoup.warehouse import Role

console = screen.console()
lists_app = typer.Typer(help="The published lists.", no_args_is_help=True)
aging_app = typer.Typer(help="Receivables by age, tied to the ledger.", no_args_is_help=True)
kpis_app = typer.Typer(help="Key figures, each with numerator and denominator.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, help="How many rows.")]
OnDate = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="[default: the newest]")]

_LISTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "priority": (
        "contact_priority", "seq",
        ("seq", "account_id", "person_id", "channel", "assigned_slot_start_utc", "priority_score", "p_right_party",
         "uplift_amount", "past_due_amount", "days_past_due", "reason_codes", "arm"),
    ),
    "best-time": (
        "best_time_to_contact", "account_id, contact_point_id, rank",
        ("account_id", "contact_point_id", "rank", "channel", "window_start_local", "window_end_local", "time_zone",
         "p_right_party", "evidence"),
    ),
    "excluded": (
        "excluded", "account_id, rule_id, reason",
        ("account_id", "person_id", "rule_id", "reason", "citation", "detail"),
    ),
}  # fmt: skip

_MOVEMENTS: tuple[tuple[str, int], ...] = (
    ("opening", 1), ("invoices", 1), ("fees_and_interest", 1), ("debit_adjustments", 1), ("reversals", 1),
    ("applications", -1), ("applied_credits", -1), ("write_offs", -1),
)  # fmt: skip
"""What makes a day's closing receivables out of its opening ones, and with which sign."""
_KPIS: dict[str, tuple[str, ...]] = {
    "kpi_receivables_daily": ("metric", "currency", "numerator", "denominator", "value", "is_complete"),
    "kpi_collections_daily": ("metric", "numerator", "denominator", "value", "is_complete"),
}


@lists_app.command("show")
def show_lists(
    which: Annotated[str, typer.Argument(help="priority, best-time or excluded.")] = "priority",
    on_date: OnDate = None,
    limit: Limit = 20,
    company: CompanyFile = None,
) -> None:
    """Show the first rows of a published list."""
    if which not in _LISTS:
        raise RecoupError(f"There is no list {which!r}; the lists are {', '.join(_LISTS)}.")
    settings = settings_for(company)
    name, order, columns = _LISTS[which]
    list_date = _date_or_newest(settings, "dialer", "lists", "manifest", "list_date", on_date)
    rows = _rows(
        settings, "dialer",
        sql.SQL(
            "select {columns} from {table} where list_date = %s and list_version ="
            " (select max(list_version) from lists.manifest where list_date = %s) order by {order} limit %s"
        ).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier("lists", name),
            order=sql.SQL(", ").join(sql.Identifier(part.strip()) for part in order.split(",")),
        ),
        [list_date, list_date, limit],
    )  # fmt: skip
    _print_table(f"lists.{name}, list date {list_date}", columns, rows)


@aging_app.command("show")
def show_aging(on_date: OnDate = None, company: CompanyFile = None) -> None:
    """Show open receivables by bucket, and that they tie to the ledger's control total to the cent."""
    settings = settings_for(company)
    as_of_date = _date_or_newest(settings, "bi_reader", "marts", "ar_aging_summary", "as_of_date", on_date)
    if not print_aging(settings, as_of_date, console):
        raise StageFailedError(
            f"The aging of {as_of_date} does not tie to the ledger: run `recoup stage build_marts` again."
        )


def print_aging(settings: Settings, as_of_date: date, target: Console, schema: str = "marts") -> bool:
    """Print the aging of one day beside the ledger's movements; True if every currency ties to the cent."""
    buckets = _rows(
        settings, "bi_reader",
        sql.SQL(
            "select currency, aging_bucket, invoice_count, open_amount from {}"
            " where as_of_date = %s order by currency, bucket_order"
        ).format(sql.Identifier(schema, "ar_aging_summary")),
        [as_of_date],
    )  # fmt: skip
    amounts = [f"{name}_amount" for name, _ in _MOVEMENTS]
    movements = _rows(
        settings, "bi_reader",
        sql.SQL("select currency, {} from {} where as_of_date = %s order by currency").format(
            sql.SQL(", ").join(map(sql.Identifier, amounts)), sql.Identifier(schema, "ar_control_total")
        ),
        [as_of_date],
    )  # fmt: skip
    ties = True
    for currency, *values in movements:
        mine = [(bucket, count, amount) for code, bucket, count, amount in buckets if code == currency]
        table = Table("bucket", "invoices", "open", title=f"Receivables by age, {as_of_date}, {currency}",
                      title_justify="left")  # fmt: skip
        for column in table.columns[1:]:
            column.justify = "right"
        for bucket, count, amount in mine:
            table.add_row(bucket, f"{count:,}", f"{amount:,.2f}")
        total = sum((amount for _, _, amount in mine), Decimal(0))
        table.add_section()
        table.add_row("together", f"{sum(count for _, count, _ in mine):,}", f"{total:,.2f}")
        table.add_section()
        for (name, sign), value in zip(_MOVEMENTS, values, strict=True):
            if value or name == "opening":
                table.add_row(name.replace("_", " "), "-" if sign < 0 else "+", f"{value:,.2f}")
        ledger = sum((sign * value for (_, sign), value in zip(_MOVEMENTS, values, strict=True)), Decimal(0))
        is_tied = total == ledger
        verdict = "[green]ties[/green]" if is_tied else f"[red]differs by {total - ledger:,.2f}[/red]"
        table.add_row("ledger", verdict, f"{ledger:,.2f}")
        target.print(table)
        ties = ties and is_tied
    unexplained = {currency for currency, *_ in buckets} - {currency for currency, *_ in movements}
    if not movements and not buckets:
        target.print(f"No receivable was open on {as_of_date}.")
    return ties and not unexplained


@kpis_app.command("show")
def show_kpis(on_date: OnDate = None, limit: Limit = 40, company: CompanyFile = None) -> None:
    """Show the company-wide figures of a day, each with the two numbers that make it."""
    settings = settings_for(company)
    for table, columns in _KPIS.items():
        kpi_date = _date_or_newest(settings, "bi_reader", "marts", table, "kpi_date", on_date)
        rows = _rows(
            settings, "bi_reader",
            sql.SQL(
                "select {} from {} where kpi_date = %s and grain_value = 'all' order by metric limit %s"
            ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("marts", table)),
            [kpi_date, limit],
        )  # fmt: skip
        _print_table(f"marts.{table}, {kpi_date}", columns, rows)


def _date_or_newest(settings: Settings, role: Role, schema: str, table: str, column: str, wanted: str | None) -> date:
    if wanted is not None:
        return parsed_date(wanted, "--date")
    with warehouse.connect(role, settings) as connection:
        if connection.execute("select to_regclass(%s)", [f"{schema}.{table}"]).fetchone() == (None,):
            raise RecoupError(f"{schema}.{table} does not exist yet: run the day first (`recoup run`).")
        row = connection.execute(
            sql.SQL("select max({}) from {}").format(sql.Identifier(column), sql.Identifier(schema, table))
        ).fetchone()
    if row is None or row[0] is None:
        raise RecoupError(f"{schema}.{table} is empty: run the day first (`recoup run`).")
    newest: date = row[0]
    return newest


def _rows(settings: Settings, role: Role, query: sql.SQL | sql.Composed, values: list[Any]) -> list[tuple[Any, ...]]:
    with warehouse.connect(role, settings) as connection:
        return connection.execute(query, values).fetchall()


def _print_table(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    if not rows:
        console.print("No row.")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.3f}"
        case Decimal():
            return f"{value:,.2f}"
        case list():
            return ", ".join(map(str, value))
        case _ if hasattr(value, "hour") and hasattr(value, "year"):
            return f"{value:%F %H:%M}"
        case _:
            return str(value)
