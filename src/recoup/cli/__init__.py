"""The `recoup` command line: every stage without Airflow, and the views that a person wants of a day.

Exit codes: 0 done, 1 a stage failed, 2 the user's to mend (a wrong option, file, password; a stopped server).
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import psycopg
import typer
from rich.console import Console

from recoup import warehouse
from recoup.cli import (
    airflow,
    check,
    company,
    days,
    evaluate,
    export,
    figures,
    metrics,
    replay,
    retention,
    server,
    views,
    why,
)
from recoup.errors import RecoupError

app = typer.Typer(
    name="recoup",
    help="Revenue recovery on your own warehouse: whom to contact, in which order, and when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `recoup doctor`, or `recoup demo` for a made-up company. Exit codes: 0 done, 1 a stage failed, "
    "2 yours to mend.",
)
for part in (server, days, figures, check, export, replay, why, retention, airflow):
    part.register(app)
app.add_typer(company.app, name="company")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(views.lists_app, name="lists")
app.add_typer(views.alerts_app, name="alerts")
app.add_typer(views.aging_app, name="aging")
app.add_typer(views.kpis_app, name="kpis")
app.add_typer(metrics.app, name="metrics")
app.add_typer(views.leakage_app, name="leakage")


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the stack trace of an error (or set RECOUP_DEBUG=1).")
    ] = False,
) -> None:
    if debug:
        os.environ["RECOUP_DEBUG"] = "1"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Wherever it stands: who meets an error repeats the command and adds --debug at its end.
    debug = "--debug" in given or bool(os.environ.get("RECOUP_DEBUG"))
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        _run([argument for argument in given if argument != "--debug"])
    except RecoupError as error:
        if debug:
            traceback.print_exc()
        errors.print(f"[red]recoup:[/red] {_escaped(str(error))}")
        sys.exit(error.exit_code)
    except Exception as error:
        # A defect of ours. Its place is for whoever mends it; the rest is for whoever met it.
        if debug:
            raise
        first_line = (str(error).strip() or "no message").splitlines()[0]
        errors.print(
            f"[red]recoup:[/red] unexpected {type(error).__name__}: {_escaped(first_line)} "
            "(the same command with --debug shows where)"
        )
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("recoup: stopped by you; run the same command again to go on.")
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    try:
        app(args=arguments, prog_name="recoup")
    except psycopg.Error as error:
        raise warehouse.explained(error) from error


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
