"""recoup metrics: KPIs by name, through the semantic layer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.table import Table

from recoup.cli import screen
from recoup.cli.options import CompanyFile, settings_for

console = screen.console()
app = typer.Typer(help="Ask for key figures by name (MetricFlow); the marts answer.", no_args_is_help=True)


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="Only names or descriptions with this text.")] = "",
    company: CompanyFile = None,
) -> None:
    """List the metrics that can be asked for."""
    from recoup.semantic_layer import SemanticLayer  # MetricFlow takes seconds to import

    table = Table("metric", "what it is")
    for metric in SemanticLayer(settings_for(company)).metrics():
        if search.lower() in f"{metric.name} {metric.description}".lower():
            table.add_row(metric.name, metric.description)
    console.print(table)


@app.command()
def query(
    metrics: Annotated[str, typer.Argument(help="Names, separated by commas: dso,connect_rate.")],
    group_by: Annotated[
        str, typer.Option(help="Dimensions, separated by commas: metric_time__day, metric_time__month, kpi__currency.")
    ] = "metric_time__day,kpi__currency",
    where: Annotated[
        list[str] | None, typer.Option(help="A condition, such as \"{{ Dimension('kpi__currency') }} = 'USD'\".")
    ] = None,
    order_by: Annotated[str, typer.Option(help="Columns to sort by, separated by commas; -name = downward.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Most rows shown.")] = 50,
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL too.")] = False,
    company: CompanyFile = None,
) -> None:
    """Ask for metrics and print the answer: `recoup metrics query dso,cei_percent`."""
    from recoup.semantic_layer import SemanticLayer

    answer = SemanticLayer(settings_for(company)).ask(
        _names(metrics), group_by=_names(group_by), where=where or (),
        order_by=_names(order_by) or _names(group_by)[:1], limit=limit,
    )  # fmt: skip
    if explain:
        typer.echo(answer.statement)
    table = Table(*answer.columns)
    for row in answer.rows:
        table.add_row(*(_text(value) for value in row))
    console.print(table)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):  # a day, to MetricFlow
        return f"{value:%Y-%m-%d}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, (Decimal, float)) else str(value)
