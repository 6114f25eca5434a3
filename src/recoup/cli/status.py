"""What `recoup status` shows."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from recoup import warehouse
from recoup.entities import FEEDS
from recoup.pipeline import STAGES
from recoup.settings import Settings
from recoup.warehouse import embedded

_DATES = 3
_MARKS = {"succeeded": "[green]done[/green]", "failed": "[red]failed[/red]", "running": "[yellow]running[/yellow]"}

Connection = psycopg.Connection[tuple[Any, ...]]


def show(settings: Settings, console: Console) -> None:
    """Print server, stages by date, published lists and rejected rows."""
    if settings.admin_url is None and not embedded.is_running(settings):
        console.print("The embedded Postgres does not run: `recoup start` starts it.")
        return
    with warehouse.connect("auditor", settings) as connection:
        info = connection.info
        console.print(
            f"Postgres runs at {info.host}:{info.port}, warehouse {info.dbname}, company {settings.company.company}."
        )
        _show_stages(connection, console)
        _show_lists(connection, console)
        _show_rejected(connection, console)


def _show_stages(connection: Connection, console: Console) -> None:
    dates = [
        row[0]
        for row in connection.execute(
            "select as_of_date from audit.run_ledger group by as_of_date order by as_of_date desc limit %s", [_DATES]
        )
    ]
    if not dates:
        console.print("No stage has run yet: `recoup run` runs the day.")
        return
    rows = connection.execute(
        """
        select stage, as_of_date, status, coalesce(seconds, extract(epoch from clock_timestamp() - started_at)), message
        from (
            select *, row_number() over (partition by stage, as_of_date order by run_id desc) as newest_first
            from audit.run_ledger
            where as_of_date = any(%s)
        ) as runs
        where newest_first = 1
        """,
        [dates],
    ).fetchall()
    cells = {(stage, as_of): f"{_MARKS.get(state, state)} {seconds:.1f} s" for stage, as_of, state, seconds, _ in rows}
    table = Table("stage", *(str(as_of) for as_of in dates), title="Stages by as-of date", title_justify="left")
    for stage in STAGES:
        table.add_row(stage.name, *(cells.get((stage.name, as_of), "[dim]-[/dim]") for as_of in dates))
    console.print(table)
    for stage_name, as_of, state, _, message in rows:
        if state == "failed":
            console.print(f"{as_of} {stage_name}: {message}", markup=False, soft_wrap=True)


def _show_lists(connection: Connection, console: Console) -> None:
    if connection.execute("select to_regclass('lists.manifest')").fetchone() == (None,):
        return
    rows = connection.execute(
        "select list_date, list_version, rows, excluded, population, published_at from lists.manifest"
        " order by list_date desc, list_version desc limit %s",
        [_DATES],
    ).fetchall()
    if not rows:
        console.print("No list is published yet.")
        return
    table = Table("list date", "version", "listed", "excluded", "population", "published at (UTC)",
                  title="Lists published", title_justify="left")  # fmt: skip
    for list_date, version, listed, excluded, population, published_at in rows:
        table.add_row(
            str(list_date), str(version), f"{listed:,}", f"{excluded:,}", f"{population:,}", f"{published_at:%F %T}"
        )
    console.print(table)


def _show_rejected(connection: Connection, console: Console) -> None:
    counts = sql.SQL(" union all ").join(
        sql.SQL(
            "select {} as feed, entity, column_name, reason, count(*) as rows from {}"
            " group by entity, column_name, reason"
        ).format(sql.Literal(feed), sql.Identifier(f"raw_{feed}", "rejected"))
        for feed in FEEDS
    )  # fmt: skip
    rows = connection.execute(
        sql.SQL("select * from ({}) as counts order by rows desc limit 20").format(counts)
    ).fetchall()
    if not rows:
        console.print("No row was rejected.")
        return
    table = Table(
        "feed", "entity", "column", "reason", "rows", title="Rows that could not be loaded", title_justify="left"
    )
    for feed, entity, column, reason, count in rows:
        table.add_row(feed, entity, column or "", reason, f"{count:,}")
    console.print(table)
