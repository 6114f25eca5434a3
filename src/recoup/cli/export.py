"""recoup export: the newest list as a dialer loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from recoup import handover
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.company_handover import FormatName, Target, ToDirectory
from recoup.errors import RecoupError

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    app.command()(export)


def export(
    format_name: Annotated[str, typer.Option("--format", help=f"One of {', '.join(handover.FORMATS)}.")],
    out: Annotated[Path, typer.Option("--out", help="Directory to write to.")],
    list_date: Annotated[
        str | None, typer.Option("--list-date", metavar="YYYY-MM-DD", help="[default: the newest]")
    ] = None,
    delimiter: Annotated[str, typer.Option(help="VICIdial: tab or pipe.")] = "tab",
    zones: Annotated[str, typer.Option(help="Genesys Cloud: column or automatic.")] = "column",
    time_to_call: Annotated[bool, typer.Option(help="Five9: in requests of 100 with the planned hour.")] = True,
    company: CompanyFile = None,
) -> None:
    """Write the newest list in a dialer's format: checked against its limits, with manifest and checksums."""
    settings = settings_for(company)
    _refuse_unknown("--format", format_name, get_args(FormatName))
    _refuse_unknown("--delimiter", delimiter, ("tab", "pipe"))
    _refuse_unknown("--zones", zones, ("column", "automatic"))
    target = Target.model_validate(
        {
            "name": format_name, "format": format_name, "delivery": ToDirectory(kind="directory", path=str(out)),
            "delimiter": delimiter, "zones": zones, "time_to_call": time_to_call,
        }
    )  # fmt: skip
    wanted = parsed_date(list_date, "--list-date") if list_date else None
    if wanted is None:
        edition = handover.newest_edition(settings)
        if edition is None:
            raise RecoupError("No list is published yet, so none can be exported: run the day first (`recoup run`).")
        wanted = edition.list_date
    done = handover.export_list(target, wanted, out, settings)
    left = done.edition.rows - done.rows
    console.print(
        f"{done.rows:,} of {done.edition.rows:,} rows of {done.edition.list_date} (version {done.edition.list_version})"
        f" in {len(done.files):,} file{'' if len(done.files) == 1 else 's'}: {out / done.closing_files[-1]}"
        + (f"; {left:,} are for other channels or erased since" if left else "")
    )


def _refuse_unknown(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise RecoupError(f"{option} {given!r} is unknown; it is one of {', '.join(known)}.")
