"""What the day came to, in a screenful: the lists' first rows, the aging that ties, alerts, figures, where to look."""

from __future__ import annotations

from psycopg import sql
from rich.console import Console

from recoup import day_tables
from recoup.day import Day
from recoup.errors import StageFailedError
from recoup.report.pages import page_of
from recoup.settings import Settings

LIST_ROWS = 5
ALERTS = 5
FIGURES = 6

_COUNTS = sql.SQL("""
select rows, excluded, population, sha256
from lists.manifest
where list_date = %s
order by list_version desc
limit 1
""")


def show(settings: Settings, day: Day, console: Console) -> None:
    """Print the day's result.

    Raises:
        StageFailedError: The aging does not tie to the ledger's control total, to the cent.
    """
    counts = day_tables.rows(settings, "dialer", _COUNTS, [day.list_date])
    if counts:
        listed, excluded, population, sha256 = counts[0]
        console.print(
            f"\n[bold]Lists of {day.list_date}[/bold]: {listed:,} to contact, {excluded:,} excluded "
            f"with their reasons, of {population:,} past due. SHA-256 {sha256[:12]}…"
        )
    for which in ("priority", "best-time"):
        day_tables.show_list(settings, which, day.list_date, console, LIST_ROWS)
    day_tables.show_alerts(settings, day.as_of_date, console, ALERTS)
    ties = day_tables.show_aging(settings, day.as_of_date, console)
    day_tables.show_figures(settings, day.as_of_date, console, FIGURES)
    _show_places(settings, day, console)
    if not ties:
        raise StageFailedError(f"The aging of {day.as_of_date} does not tie to the ledger's control total.")


def _show_places(settings: Settings, day: Day, console: Console) -> None:
    page = page_of(settings, day.list_date)
    docs = settings.artifacts / "data_docs" / "index.html"
    places = [
        ("The day's page", str(page) if page else "not made"),
        ("Data Docs of the audits", str(docs) if docs.is_file() else "not made"),
        ("BI reads", 'psql "$(recoup url --role bi_reader)"'),
        ("Next", "recoup alerts show · recoup lists show · recoup aging show · recoup kpis show · recoup status"),
        ("A real scheduler", "make up (recoup up), make down"),
    ]
    console.print()
    for name, place in places:
        console.print(f"  {name:<24} {place}", soft_wrap=True, highlight=False)
