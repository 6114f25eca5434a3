"""recoup run and recoup stage: the day without Airflow."""

from __future__ import annotations

import os
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table

from recoup import pipeline, warehouse
from recoup.cli import screen
from recoup.cli.options import AsOfDate, CompanyFile, day_for, settings_for
from recoup.day import Day
from recoup.errors import RecoupError, StageFailedError
from recoup.settings import Settings

console = screen.console()


def register(app: typer.Typer) -> None:
    """Add this subject's commands to the command line."""
    app.command()(run)
    app.command()(stage)


def run(
    as_of_date: AsOfDate = None,
    company: CompanyFile = None,
    first: Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Begin with this stage.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="STAGE", help="End with this stage.")] = None,
    restate: Annotated[
        bool, typer.Option("--restate", help="Use what was learned since, and publish a new version beside the old.")
    ] = False,
) -> None:
    """Run the day: pull, audit, build, train, score, audit, publish. Running it again changes nothing."""
    settings = settings_for(company)
    stages = pipeline.stages_between(first, last)
    day = day_for(as_of_date, settings, is_restatement=restate)
    warehouse.initialize(settings)
    run_stages(stages, day, settings)
    if stages[-1] == pipeline.STAGES[-1]:
        console.print("See `recoup lists show`, `recoup aging show`, `recoup kpis show` and `recoup status`.")


def stage(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(stage.name for stage in pipeline.STAGES)}.")],
    as_of_date: AsOfDate = None,
    company: CompanyFile = None,
) -> None:
    """Run one stage of the day."""
    settings = settings_for(company)
    chosen = pipeline.stage_named(name)
    day = day_for(as_of_date, settings)
    warehouse.initialize(settings)
    run_stages((chosen,), day, settings)


def run_stages(stages: tuple[pipeline.Stage, ...], day: Day, settings: Settings) -> None:
    """Run stages in order, shown live, and stop at the first that fails.

    Raises:
        RecoupError: What the stage said. A defect becomes one too, with how to see its stack trace.
    """
    title = f"{settings.company.company}, as of {day.as_of_date} for the lists of {day.list_date}"
    progress = Progress(title, [_Line(stage.name) for stage in stages])
    with (
        Live(progress, console=console, refresh_per_second=4, transient=False)
        if console.is_terminal
        else _Plain(progress)
    ):
        for line in progress.lines:
            line.began = time.monotonic()
            try:
                line.rows = pipeline.run_stage(line.name, day, settings)
            except BaseException as error:
                line.ended, line.has_failed = time.monotonic(), True
                progress.said(line)
                if not isinstance(error, Exception) or isinstance(error, RecoupError):
                    raise
                if os.environ.get("RECOUP_DEBUG"):
                    traceback.print_exc()
                raise StageFailedError(
                    f"The stage {line.name} failed ({type(error).__name__}: {_short(error)}); "
                    f"`recoup --debug stage {line.name} --as-of-date {day.as_of_date}` shows where."
                ) from error
            line.ended = time.monotonic()
            progress.said(line)


@dataclass
class _Line:
    name: str
    began: float | None = None
    ended: float | None = None
    has_failed: bool = False
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        return None if self.began is None else (self.ended or time.monotonic()) - self.began

    @property
    def counts(self) -> str:
        shown = [f"{name} {count:,}" for name, count in list(self.rows.items())[:4]]
        return ", ".join(shown) + (", …" if len(self.rows) > 4 else "")


@dataclass
class Progress:
    """The stages of a run as a table that draws itself anew, or as one line a stage where nobody watches."""

    title: str
    lines: list[_Line]
    is_plain: bool = False

    def said(self, line: _Line) -> None:
        """Report a stage that ended, where there is no live table."""
        if self.is_plain:
            state = "FAILED" if line.has_failed else "done"
            print(f"{line.name:<22} {state:<6} {line.seconds or 0:8.1f} s  {line.counts}", flush=True)

    def __rich_console__(self, target: Console, options: ConsoleOptions) -> RenderResult:
        table = Table("stage", "", "seconds", "rows", title=self.title, title_justify="left")
        table.columns[2].justify = "right"
        table.columns[3].no_wrap = True
        for line in self.lines:
            table.add_row(line.name, _mark(line), "" if line.seconds is None else f"{line.seconds:.1f}", line.counts)
        total = sum(line.seconds or 0 for line in self.lines)
        table.add_section()
        table.add_row("together", "", f"{total:.1f}", "")
        yield table


class _Plain:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> None:
        self._progress.is_plain = True
        print(self._progress.title, flush=True)

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()


def _mark(line: _Line) -> str:
    if line.has_failed:
        return "[red]failed[/red]"
    if line.ended is not None:
        return "[green]done[/green]"
    return "[yellow]running[/yellow]" if line.began is not None else "[dim]waits[/dim]"


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no message"
