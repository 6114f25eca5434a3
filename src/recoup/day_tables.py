"""What a day came to, as tables on a terminal: the lists, the aging that ties, the alerts, the figures.

The demo shows them at its end, `recoup lists|aging|alerts|kpis|leakage show` one by one; each is read as its readers
read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql
from rich.console import Console
from rich.table import Table

from recoup import alerting, warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse import Role


@dataclass(frozen=True)
class _List:
    """How a published list is shown.

    Attributes:
        columns: SQL expression over `l` → heading.
    """

    title: str
    table: str
    columns: dict[str, str]
    order: str
    joined: str = ""


LISTS: dict[str, _List] = {
    "priority": _List(
        "Whom to contact, in which order", "contact_priority",
        {"l.seq": "#", "l.account_id": "account", "l.channel": "channel", "l.assigned_slot_start_utc": "slot",
         "l.priority_score": "score", "l.p_right_party": "P(right party)", "l.uplift_amount": "uplift",
         "l.past_due_amount": "past due", "l.currency": "", "l.days_past_due": "days", "l.reason_codes": "why",
         "l.arm": "arm"},
        "l.seq",
    ),
    "best-time": _List(
        "When to reach them", "best_time_to_contact",
        {"p.seq": "#", "l.account_id": "account", "l.rank": "rank", "l.window_start_local": "from",
         "l.window_end_local": "to", "l.time_zone": "local to", "l.p_right_party": "P(right party)",
         "l.evidence": "evidence", "l.n_attempts_seen": "attempts seen"},
        "p.seq nulls last, l.account_id, l.contact_point_id, l.rank",
        "left join lists.contact_priority as p on p.list_date = l.list_date and p.list_version = l.list_version"
        " and p.account_id = l.account_id and p.contact_point_id = l.contact_point_id",
    ),
    "excluded": _List(
        "Whom to leave alone, and why", "excluded",
        {"l.account_id": "account", "l.rule_id": "rule", "l.reason": "reason", "l.citation": "citation",
         "l.detail": "detail"},
        "l.account_id, l.rule_id, l.reason",
    ),
}  # fmt: skip

MOVEMENTS: tuple[tuple[str, int], ...] = (
    ("opening", 1), ("invoices", 1), ("fees_and_interest", 1), ("debit_adjustments", 1), ("reversals", 1),
    ("applications", -1), ("applied_credits", -1), ("write_offs", -1),
)  # fmt: skip
"""What makes a day's closing receivables out of its opening ones, and with which sign."""

FIGURE_TABLES = ("kpi_receivables_daily", "kpi_collections_daily")


def list_named(which: str) -> _List:
    """How the list is shown.

    Raises:
        RecoupError: There is no such list; names those there are.
    """
    if which not in LISTS:
        raise RecoupError(f"There is no list {which!r}; the lists are {', '.join(LISTS)}.")
    return LISTS[which]


def show_list(settings: Settings, which: str, list_date: date, console: Console, limit: int) -> None:
    """Print the first rows of a list's newest version; instants in the company's time zone. Raises as `list_named`."""
    shown = list_named(which)
    found = rows(
        settings, "dialer",
        sql.SQL(
            "select {columns} from {table} as l {joined} where l.list_date = %s and l.list_version ="
            " (select max(list_version) from lists.manifest where list_date = %s) order by {order} limit %s"
        ).format(
            columns=sql.SQL(", ").join(_fixed(part) for part in shown.columns), order=_fixed(shown.order),
            table=sql.Identifier("lists", shown.table), joined=_fixed(shown.joined),
        ),
        [list_date, list_date, limit],
    )  # fmt: skip
    title = f"{shown.title} (lists.{shown.table}, list date {list_date})"
    print_rows(console, title, tuple(shown.columns.values()), found, settings.company.time_zone)


def show_aging(settings: Settings, as_of_date: date, console: Console, schema: str = "marts") -> bool:
    """Print the aging of a day beside the ledger's movements; True if every currency ties to the cent.

    Args:
        schema: Where the aging marts of that day lie.
    """
    buckets = rows(
        settings, "bi_reader",
        sql.SQL(
            "select currency, aging_bucket, invoice_count, open_amount from {}"
            " where as_of_date = %s order by currency, bucket_order"
        ).format(sql.Identifier(schema, "ar_aging_summary")),
        [as_of_date],
    )  # fmt: skip
    movements = rows(
        settings, "bi_reader",
        sql.SQL("select currency, {} from {} where as_of_date = %s order by currency").format(
            sql.SQL(", ").join(sql.Identifier(f"{name}_amount") for name, _ in MOVEMENTS),
            sql.Identifier(schema, "ar_control_total"),
        ),
        [as_of_date],
    )  # fmt: skip
    ties = True
    for currency, *values in movements:
        mine = [(bucket, count, amount) for code, bucket, count, amount in buckets if code == currency]
        total = sum((amount for _, _, amount in mine), Decimal(0))
        ledger = sum((sign * value for (_, sign), value in zip(MOVEMENTS, values, strict=True)), Decimal(0))
        console.print(_aging_table(f"Receivables by age, {as_of_date}, {currency}", mine, values, total, ledger))
        ties = ties and total == ledger
    unexplained = {currency for currency, *_ in buckets} - {currency for currency, *_ in movements}
    if not movements and not buckets:
        console.print(f"No receivable was open on {as_of_date}.")
    return ties and not unexplained


def _aging_table(
    title: str,
    buckets: Sequence[tuple[str, int, Decimal]],
    movements: Sequence[Decimal],
    total: Decimal,
    ledger: Decimal,
) -> Table:
    table = Table("bucket", "invoices", "open", title=title, title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    for bucket, count, amount in buckets:
        table.add_row(bucket, f"{count:,}", f"{amount:,.2f}")
    table.add_section()
    table.add_row("together", f"{sum(count for _, count, _ in buckets):,}", f"{total:,.2f}")
    table.add_section()
    for (name, sign), value in zip(MOVEMENTS, movements, strict=True):
        if value or name == "opening":
            table.add_row(name.replace("_", " "), "-" if sign < 0 else "+", f"{value:,.2f}")
    verdict = "[green]ties[/green]" if total == ledger else f"[red]differs by {total - ledger:,.2f}[/red]"
    table.add_row("ledger", verdict, f"{ledger:,.2f}")
    return table


def show_figures(settings: Settings, kpi_date: date, console: Console, limit: int) -> None:
    """Print a day's company-wide figures, at most `limit` of each table, with the two numbers that make each."""
    found: list[tuple[Any, ...]] = []
    for table in FIGURE_TABLES:
        query = sql.SQL(
            "select metric, period, value, numerator, denominator from {} where kpi_date = %s and grain_value = 'all'"
            " and is_complete and value is not null order by metric, period limit %s"
        ).format(sql.Identifier("marts", table))
        found += rows(settings, "bi_reader", query, [kpi_date, limit])
    print_rows(console, f"Figures of {kpi_date}", ("figure", "period", "value", "numerator", "denominator"), found)


def show_alerts(settings: Settings, as_of_date: date, console: Console, limit: int) -> None:
    """Print what deserves a person: high severity first, then the largest amounts.

    Raises:
        RecoupError: The alerts were never built.
    """
    found: list[tuple[Any, ...]] = [
        (alert.severity, alert.account_id or alert.metric, alert.headline, alert.what_to_do)
        for alert in alerting.alerts_of(as_of_date, settings)[:limit]
    ]
    title = f"What deserves a person, as of {as_of_date} (monitoring.alerts)"
    print_rows(console, title, ("severity", "about", "what", "what to do"), found)


def show_leakage(settings: Settings, as_of_date: date, console: Console, limit: int) -> None:
    """Print revenue leakage by cause as `as_of_date` saw it, then the newest events with most left open."""
    by_cause = rows(
        settings, "bi_reader",
        sql.SQL(
            "select cause, currency, event_count, at_risk_amount, recovered_amount, open_amount"
            " from marts.revenue_leakage_daily where as_of_date = %s order by open_amount desc, cause"
        ),
        [as_of_date],
    )  # fmt: skip
    headings = ("cause", "", "events", "at risk", "recovered", "open")
    title = f"Revenue leakage by cause (marts.revenue_leakage_daily, {as_of_date})"
    print_rows(console, title, headings, by_cause, settings.company.time_zone)
    largest = rows(
        settings, "bi_reader",
        sql.SQL(
            "select cause, account_id, currency, open_amount, at_risk_amount, arose_on, subject_entity, subject_key,"
            " detail from marts.revenue_leakage_events where open_amount > 0 and detected_on <= %s"
            " order by open_amount desc, event_id limit %s"
        ),
        [as_of_date, limit],
    )  # fmt: skip
    print_rows(
        console, "What is open, the largest first (marts.revenue_leakage_events)",
        ("cause", "account", "", "open", "at risk", "arose", "about", "key", "what"), largest,
        settings.company.time_zone,
    )  # fmt: skip


def newest(settings: Settings, role: Role, schema: str, table: str, column: str) -> date:
    """The newest date of a table.

    Raises:
        RecoupError: The table does not exist or is empty.
    """
    with warehouse.connect(role, settings) as connection:
        if connection.execute("select to_regclass(%s)", [f"{schema}.{table}"]).fetchone() == (None,):
            raise RecoupError(f"{schema}.{table} does not exist yet: run the day first (`recoup run`).")
        row = connection.execute(
            sql.SQL("select max({}) from {}").format(sql.Identifier(column), sql.Identifier(schema, table))
        ).fetchone()
    if row is None or row[0] is None:
        raise RecoupError(f"{schema}.{table} is empty: run the day first (`recoup run`).")
    found: date = row[0]
    return found


def rows(settings: Settings, role: Role, query: sql.SQL | sql.Composed, values: list[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query as `role` reads them."""
    with warehouse.connect(role, settings) as connection:
        return connection.execute(query, values).fetchall()


def print_rows(
    console: Console, title: str, headings: tuple[str, ...], found: list[tuple[Any, ...]], time_zone: str = "UTC"
) -> None:
    """Print rows under their headings, numbers to the right; instants in `time_zone` (IANA)."""
    table = Table(title=title, title_justify="left")
    for position, heading in enumerate(headings):
        is_number = any(isinstance(row[position], int | float | Decimal) for row in found)
        table.add_column(heading, justify="right" if is_number else "left")
    for row in found:
        table.add_row(*(_cell(value, time_zone) for value in row))
    console.print(table if found else f"{title}: No row.")


def _cell(value: Any, time_zone: str) -> str:
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
        case datetime():
            return f"{value.replace(tzinfo=value.tzinfo or UTC).astimezone(ZoneInfo(time_zone)):%F %H:%M}"
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


def _fixed(text: str) -> sql.SQL:
    """Text of this module as SQL; never of anybody else's."""
    return sql.SQL(text)
