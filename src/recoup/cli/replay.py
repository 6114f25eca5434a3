"""recoup replay: a past list made again, with what was known and in force then, row hash by row hash."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from recoup import warehouse
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.errors import StageFailedError
from recoup.replay.compare import Compared, Comparison
from recoup.replay.run import Replay
from recoup.replay.run import replay as made_again

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's command to the command line."""
    app.command()(replay)


def replay(
    list_date: Annotated[str, typer.Option("--list-date", metavar="YYYY-MM-DD", help="The day the lists were for.")],
    list_version: Annotated[
        int | None, typer.Option("--list-version", min=1, help="A restated date has several. [default: the newest]")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Differing rows a list that are shown.")] = 20,
    company: CompanyFile = None,
) -> None:
    """Make a past list again, with the data, rules and models of then, and compare it row by row.

    Leaves with exit code 1 where a row differs. The published lists stay as they are.
    """
    settings = settings_for(company)
    day = parsed_date(list_date, "--list-date")
    warehouse.ensure_running(settings)
    with console.status(f"Making the lists of {day} again"):
        found = made_again(day, list_version, settings, most=rows)
    _print(found, settings.company.time_zone)
    if not found.comparison.is_equal:
        raise StageFailedError(f"The lists of {day} came out differently: see the rows above, and docs/replay.md.")


def _print(found: Replay, time_zone: str) -> None:
    edition = found.edition
    local = edition.knowledge_cutoff.astimezone(ZoneInfo(time_zone))
    console.print(
        f"Lists of {edition.list_date}, version {edition.list_version}: as known at {local:%Y-%m-%d %H:%M:%S %Z}, "
        f"rules {edition.rule_version}, models {edition.model_version}"
    )
    table = Table("list", "equal", "missing", "extra", "different", "altered")
    for column in table.columns[1:]:
        column.justify = "right"
    for compared in found.comparison.lists:
        table.add_row(
            compared.list_name,
            *(
                f"{count:,}"
                for count in (
                    compared.equal, compared.missing, compared.extra, compared.different, compared.altered
                )
            ),
        )  # fmt: skip
    console.print(table)
    _print_erased(found.comparison)
    for compared in found.comparison.lists:
        _print_differences(compared)
    if not found.comparison.is_equal and not found.is_same_code:
        console.print("The queries or the Python that make lists have changed since: check out the code of then.")


def _print_erased(comparison: Comparison) -> None:
    if comparison.erased:
        console.print(
            f"Erased since, named apart ({len(comparison.erased)}): {', '.join(comparison.erased)}. Their keys are "
            "compared like all others; who they were is no longer held."
        )


def _print_differences(compared: Compared) -> None:
    if not compared.differences:
        return
    table = Table("row", "", "column", "published", "rebuilt", title=compared.list_name, title_justify="left")
    previous = None
    for difference in compared.differences:
        shown = " ".join(difference.key)
        table.add_row(
            "" if shown == previous else shown, difference.state, difference.column or "",
            _cell(difference.published, difference.column), _cell(difference.rebuilt, difference.column),
        )  # fmt: skip
        previous = shown
    console.print(table)


def _cell(value: str | None, column: str | None) -> str:
    return ("" if column is None else "null") if value is None else value
