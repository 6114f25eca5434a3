"""recoup evaluate: how good the pipeline is, against made-up companies whose truth is known and public data sets."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from recoup import warehouse
from recoup.cli import screen
from recoup.cli.options import CompanyFile, parsed_date, settings_for
from recoup.errors import RecoupError

console = screen.console()
app = typer.Typer(help="Measure the pipeline: made-up companies, public data sets.", no_args_is_help=True)
PROFILES = "utility,telecom,lender,subscription,random:1,random:2,random:3"
DECIDED = "utility,telecom,lender,subscription,random:1,random:2"
AS_OF = "2026-03-31"


@app.command()
def leakage(
    customers: Annotated[int, typer.Option(min=1, help="Customers of each company.")] = 1_500,
    months: Annotated[int, typer.Option(min=3, help="Months of history of each company.")] = 12,
    profiles: Annotated[str, typer.Option(help="Profiles, comma-separated; random:SEED draws one.")] = PROFILES,
    seeds: Annotated[str, typer.Option(help="Seeds, comma-separated: one company for each profile and seed.")] = "7",
    as_of_date: Annotated[str, typer.Option("--as-of-date", metavar="YYYY-MM-DD", help="Last day lived.")] = AS_OF,
    with_scores: Annotated[
        bool, typer.Option("--with-scores", help="Run the whole day: written_off_collectable needs scores.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what this code has measured before.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write RESULT.md and RESULT.json of this path's name.", metavar="RESULT")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="How many mismatches to show.")] = 0,
    company: CompanyFile = None,
) -> None:
    """Make companies with known leaks, find them, and print precision and recall of every cause."""
    from recoup.evaluation import report
    from recoup.evaluation.cases import cases
    from recoup.evaluation.leakage import evaluate_leakage

    settings = settings_for(company)
    chosen = cases(_parts(profiles, "--profiles"), _numbers(seeds), customers, months, _date(as_of_date))
    warehouse.initialize(settings)
    with console.status("Evaluating") as status:
        evaluation = evaluate_leakage(settings, chosen, with_scores=with_scores, fresh=fresh, progress=status.update)
    table = Table(*report.COLUMNS, title=f"{len(evaluation.cases)} companies", title_justify="left")
    for row in report.rows(evaluation.total):
        table.add_row(*row)
    console.print(table)
    for remark in report.remarks(evaluation):
        console.print(remark)
    shown = [(case, wrong) for case, found in evaluation.cases for wrong in found.mismatches][:examples]
    for case, wrong in shown:
        console.print(
            f"{case.profile} seed {case.seed}: {wrong.cause} {wrong.what} ({wrong.kind}): {wrong.entity} {wrong.key}, "
            f"truth {wrong.truth_cents}, event {wrong.event_cents}"
        )
    if output is not None:
        command = (
            f"recoup evaluate leakage --customers {customers} --months {months} --profiles {profiles} --seeds {seeds}"
        )
        command += " --with-scores" if with_scores else ""
        output.with_suffix(".md").write_text(report.as_markdown(evaluation, command), encoding="utf-8")
        output.with_suffix(".json").write_text(report.as_json(evaluation, command), encoding="utf-8")
        console.print(f"Written to {output.with_suffix('.md')} and {output.with_suffix('.json')}.")


@app.command()
def decisions(
    customers: Annotated[int, typer.Option(min=1, help="Customers of each company.")] = 3_000,
    months: Annotated[int, typer.Option(min=3, help="Months of history of each company.")] = 12,
    profiles: Annotated[str, typer.Option(help="Profiles, comma-separated; random:SEED draws one.")] = DECIDED,
    seeds: Annotated[str, typer.Option(help="Seeds, comma-separated: one company for each profile and seed.")] = "7,8",
    as_of_date: Annotated[str, typer.Option("--as-of-date", metavar="YYYY-MM-DD", help="Last day lived.")] = AS_OF,
    with_oracle: Annotated[
        bool, typer.Option("--oracle/--no-oracle", help="Find out, too, what fifty times the people would teach.")
    ] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what this code has measured before.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the companies' databases standing.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the tables as Markdown.", metavar="RESULT")] = None,
    company: CompanyFile = None,
) -> None:
    """Make companies whose people are known, propose their lists, and judge whom they call, and when."""
    from recoup.evaluation.cases import cases
    from recoup.evaluation.decision_report import as_markdown, tables
    from recoup.evaluation.decisions import evaluate_decisions

    settings = settings_for(company)
    chosen = cases(_parts(profiles, "--profiles"), _numbers(seeds), customers, months, _date(as_of_date))
    warehouse.initialize(settings)
    with console.status("Evaluating") as status:
        judged = evaluate_decisions(
            settings, chosen, with_oracle=with_oracle, fresh=fresh, keep=keep, progress=status.update
        )
    found = tables(judged)
    for title, rows in found.items():
        table = Table(*rows[0], title=title, title_justify="left")
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
    if output is not None:
        output.with_suffix(".md").write_text(as_markdown(found), encoding="utf-8")
        console.print(f"Written to {output.with_suffix('.md')}.")


@app.command()
def public(
    data: Annotated[
        Path | None, typer.Option(help="Directory of the data sets [default: RECOUP_DATA_DIR, else ../shared/data]")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
) -> None:
    """Learn and judge the models on public data sets, and print the figures beside what is known of them."""
    from recoup.evaluation.public import REMARKS, as_markdown, data_directory, evaluate_public

    settings = settings_for(None)
    directory = data_directory(data, settings)
    with console.status("Evaluating") as status:
        rows = evaluate_public(directory, settings, status.update)
    if markdown:
        typer.echo(as_markdown(rows), nl=False)
        return
    table = Table(*rows[0], title=f"{len({row['data set'] for row in rows})} public data sets", title_justify="left")
    for row in rows:
        table.add_row(*row.values())
    console.print(table)
    for remark in REMARKS:
        console.print(remark)


def _parts(text: str, option: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise RecoupError(f"{option} names nothing: give at least one, or several with commas between them.")
    return parts


def _numbers(text: str) -> list[int]:
    parts = _parts(text, "--seeds")
    if not all(part.isdecimal() for part in parts):
        raise RecoupError(f"--seeds {text!r} must be whole numbers with commas between them: 7,8,9, say.")
    return [int(part) for part in parts]


def _date(text: str) -> date:
    return parsed_date(text, "--as-of-date")
