"""A run of the day, watched through the run ledger: what the stages say of themselves, whoever runs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.live import Live
from rich.table import Table

from recoup import warehouse
from recoup.pipeline import STAGES
from recoup.settings import Settings

POLL_SECONDS = 0.5
MARKS = {"running": "[yellow]running[/yellow]", "succeeded": "[green]done[/green]", "failed": "[red]failed[/red]"}


@dataclass(frozen=True)
class StageRun:
    """The newest run of a stage.

    Attributes:
        seconds: How long it took, or has been running.
        rows: Its counts by name; empty while it runs.
    """

    stage: str
    status: str
    seconds: float
    rows: dict[str, int]
    message: str | None

    @property
    def counts(self) -> str:
        """The first counts, for one line."""
        shown = [f"{name} {count:,}" for name, count in list(self.rows.items())[:4]]
        return ", ".join(shown) + (", …" if len(self.rows) > 4 else "")


def newest_run_id(settings: Settings) -> int:
    """The run ledger's last entry, 0 if it is empty: what comes after it belongs to the run that starts now."""
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute("select coalesce(max(run_id), 0) from audit.run_ledger").fetchone()
    assert row is not None
    return int(row[0])


def stage_runs(settings: Settings, as_of_date: date, after_run_id: int = 0) -> dict[str, StageRun]:
    """The newest run of each stage for `as_of_date`, among those after `after_run_id`."""
    with warehouse.connect("auditor", settings) as connection:
        rows = connection.execute(
            "select stage, status, coalesce(seconds, extract(epoch from clock_timestamp() - started_at)), rows, message"
            " from audit.run_ledger where as_of_date = %s and run_id > %s order by run_id",
            [as_of_date, after_run_id],
        ).fetchall()
    return {stage: StageRun(stage, status, float(took), counts, text) for stage, status, took, counts, text in rows}


def watch(
    settings: Settings,
    as_of_date: date,
    after_run_id: int,
    is_over: Callable[[], bool],
    console: Console,
    title: str,
) -> dict[str, StageRun]:
    """Show the stages until `is_over`: a live table on a terminal, else one line for each stage that ended.

    Returns:
        The runs at the end.
    """
    said: set[str] = set()
    with Live(console=console, refresh_per_second=4, auto_refresh=False) as live:
        while True:
            over = is_over()
            runs = stage_runs(settings, as_of_date, after_run_id)
            if console.is_terminal:
                live.update(_table(runs, title), refresh=True)
            else:
                for run in runs.values():
                    if run.status != "running" and run.stage not in said:
                        said.add(run.stage)
                        console.print(
                            f"{run.stage:<22} {run.status:<10} {run.seconds:7.1f} s  {run.counts}", soft_wrap=True
                        )
            if over:
                return runs
            time.sleep(POLL_SECONDS)


def _table(runs: dict[str, StageRun], title: str) -> Table:
    table = Table("stage", "", "seconds", "rows", title=title, title_justify="left")
    table.columns[2].justify = "right"
    for stage in STAGES:
        run = runs.get(stage.name)
        if run is None:
            table.add_row(stage.name, "[dim]waits[/dim]", "", "")
        else:
            table.add_row(stage.name, MARKS.get(run.status, run.status), f"{run.seconds:.1f}", run.counts)
    return table
