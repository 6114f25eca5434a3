"""What the day came to, in a screenful: the lists' first rows, the aging that ties, figures, where to look."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql
from rich.console import Console
from rich.table import Table

from recoup import warehouse
from recoup.airflow_runtime.day_pages import page_of
from recoup.day import Day
from recoup.errors import StageFailedError
from recoup.settings import Settings
from recoup.warehouse import Role

LIST_ROWS = 5
FIGURES = 12

_PRIORITY = sql.SQL("""
select seq, account_id, channel, assigned_slot_start_utc, priority_score, p_right_party, uplift_amount, past_due_amount,
    currency, days_past_due, array_to_string(reason_codes, ', '), arm
from lists.current_contact_priority
where list_date = %s
order by seq
limit %s
""")
_BEST_TIME = sql.SQL("""
select p.seq, t.account_id, t.window_start_local, t.window_end_local, t.time_zone, t.p_right_party, t.evidence,
    t.n_attempts_seen
from lists.best_time_to_contact as t
inner join lists.current_contact_priority as p
    on t.list_date = p.list_date and t.account_id = p.account_id and t.contact_point_id = p.contact_point_id
where t.list_date = %s and t.rank = 1 and t.list_version = p.list_version
order by p.seq
limit %s
""")
_COUNTS = sql.SQL("""
select rows, excluded, population, sha256
from lists.manifest
where list_date = %s
order by list_version desc
limit 1
""")
_AGING = sql.SQL("""
select s.currency, s.aging_bucket, s.invoice_count, s.open_amount
from marts.ar_aging_summary as s
where s.as_of_date = %s
order by s.currency, s.aging_bucket <> 'current', nullif(regexp_replace(s.aging_bucket, '\\D.*$', ''), '')::integer
""")
_CONTROL = sql.SQL("select currency, closing_amount from marts.ar_control_total where as_of_date = %s")
_FIGURES = sql.SQL("""
select metric, period, value, numerator, denominator
from {}
where kpi_date = %s and grain_value = 'all' and is_complete and value is not null
order by metric, period
limit %s
""")


def show(settings: Settings, day: Day, console: Console) -> None:
    """Print the day's result.

    Raises:
        StageFailedError: The aging does not tie to the ledger's control total, to the cent.
    """
    zone = ZoneInfo(settings.company.time_zone)
    counts = _rows(settings, "dialer", _COUNTS, [day.list_date])
    if counts:
        listed, excluded, population, sha256 = counts[0]
        console.print(
            f"\n[bold]Lists of {day.list_date}[/bold]: {listed:,} to contact, {excluded:,} excluded "
            f"with their reasons, of {population:,} past due. SHA-256 {sha256[:12]}…"
        )
    _print(
        console,
        "Whom to contact, in which order (lists.contact_priority)",
        ("#", "account", "channel", f"slot ({zone.key})", "score", "P(right party)", "uplift", "past due", "", "days",
         "why", "arm"),
        [(*row[:3], f"{row[3].astimezone(zone):%H:%M}" if row[3] else "", *row[4:])
         for row in _rows(settings, "dialer", _PRIORITY, [day.list_date, LIST_ROWS])],
    )  # fmt: skip
    _print(
        console,
        "When to reach them (lists.best_time_to_contact, best window)",
        ("#", "account", "from", "to", "local to", "P(right party)", "evidence", "attempts seen"),
        [(row[0], row[1], f"{row[2]:%H:%M}", f"{row[3]:%H:%M}", *row[4:])
         for row in _rows(settings, "dialer", _BEST_TIME, [day.list_date, LIST_ROWS])],
    )  # fmt: skip
    ties = _show_aging(settings, day, console)
    _show_figures(settings, day, console)
    _show_places(settings, day, console)
    if not ties:
        raise StageFailedError(f"The aging of {day.as_of_date} does not tie to the ledger's control total.")


def _show_aging(settings: Settings, day: Day, console: Console) -> bool:
    buckets = _rows(settings, "bi_reader", _AGING, [day.as_of_date])
    control = dict(_rows(settings, "bi_reader", _CONTROL, [day.as_of_date]))
    table = Table("bucket", "invoices", "open", "", title=f"Receivables by age, {day.as_of_date}", title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    totals: dict[str, Decimal] = {}
    for currency, bucket, invoices, amount in buckets:
        totals[currency] = totals.get(currency, Decimal(0)) + amount
        table.add_row(bucket, f"{invoices:,}", f"{amount:,.2f}", currency)
    ties = True
    for currency in sorted(totals.keys() | control.keys()):
        total, closing = totals.get(currency, Decimal(0)), control.get(currency, Decimal(0))
        ties = ties and total == closing
        table.add_section()
        table.add_row("together", "", f"{total:,.2f}", currency)
        verdict = "[green]ties[/green]" if total == closing else f"[red]differs by {total - closing:,.2f}[/red]"
        table.add_row("ledger", verdict, f"{closing:,.2f}", currency)
    console.print(table)
    return ties


def _show_figures(settings: Settings, day: Day, console: Console) -> None:
    found: list[tuple[Any, ...]] = []
    for table in (("marts", "kpi_receivables_daily"), ("marts", "kpi_collections_daily")):
        found += _rows(settings, "bi_reader", _FIGURES.format(sql.Identifier(*table)), [day.as_of_date, FIGURES // 2])
    _print(console, f"Figures of {day.as_of_date}", ("metric", "period", "value", "numerator", "denominator"), found)


def _show_places(settings: Settings, day: Day, console: Console) -> None:
    page = page_of(settings, day.list_date)
    docs = settings.artifacts / "data_docs" / "index.html"
    places = [
        ("The day's page", str(page) if page else "not made"),
        ("Data Docs of the audits", str(docs) if docs.is_file() else "not made"),
        ("BI reads", 'psql "$(recoup url --role bi_reader)"'),
        ("Next", "recoup lists show · recoup aging show · recoup kpis show · recoup status"),
        ("A real scheduler", "make up (recoup up), make down"),
    ]
    console.print()
    for name, place in places:
        console.print(f"  {name:<24} {place}", soft_wrap=True, highlight=False)


def _rows(settings: Settings, role: Role, query: sql.SQL | sql.Composed, values: list[Any]) -> list[tuple[Any, ...]]:
    with warehouse.connect(role, settings) as connection:
        return connection.execute(query, values).fetchall()


def _print(console: Console, title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = Table(title=title, title_justify="left")
    for position, name in enumerate(columns):
        is_number = any(isinstance(row[position], int | float | Decimal) for row in rows)
        table.add_column(name, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table if rows else f"{title}: no row.")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:,.3f}"
        case Decimal():
            return f"{value:,.2f}"
        case datetime():
            return f"{value.astimezone(UTC):%F %H:%M}"
        case _:
            return str(value)
