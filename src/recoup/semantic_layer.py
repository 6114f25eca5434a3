"""The semantic layer: KPIs asked by name through MetricFlow, answered by the marts as a BI tool may read them.

dbt_project/models/semantic declares the metrics. MetricFlow turns a question into SQL; the SQL runs as bi_reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recoup import transform, warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine


@dataclass(frozen=True)
class Answer:
    """What was asked and what came back.

    Attributes:
        statement: The SQL that MetricFlow made of the question.
        columns: Names of the columns: group-bys first, then metrics.
        rows: One tuple a row, values as psycopg gives them.
    """

    statement: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Metric:
    """A metric that can be asked for."""

    name: str
    description: str


class SemanticLayer:
    """The metrics as the project declares them now. Reading the project takes seconds: make one and ask it often.

    Raises:
        RecoupError: The warehouse cannot be reached, or the project cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = _engine(settings)

    def metrics(self) -> list[Metric]:
        """Every metric, by name."""
        found = self._engine.list_metrics(include_dimensions=False)
        return sorted(
            (Metric(metric.name, " ".join((metric.description or "").split())) for metric in found),
            key=lambda metric: metric.name,
        )

    def ask(
        self, metrics: Sequence[str], *, group_by: Sequence[str] = (), where: Sequence[str] = (),
        order_by: Sequence[str] = (), limit: int | None = None,
    ) -> Answer:  # fmt: skip
        """Ask for metrics.

        Args:
            metrics: Names, at least one.
            group_by: Dimensions in MetricFlow's notation, such as `metric_time__day` and `kpi__currency`.
            where: Conditions in MetricFlow's notation, such as `{{ Dimension('kpi__currency') }} = 'USD'`.
            order_by: Names of metrics or group-bys; a leading minus sorts downward.
            limit: Most rows returned; None = all.

        Raises:
            RecoupError: A name is unknown or the question has no answer; or the warehouse cannot be reached.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(
            metric_names=list(metrics),
            group_by_names=list(group_by),
            where_constraints=list(where),
            order_by_names=list(order_by),
            limit=limit,
        )
        try:
            statement = self._engine.explain(request).sql_statement.sql
        except Exception as error:
            # MetricFlow has no error class of its own for a question that cannot be asked.
            raise RecoupError(
                f"The semantic layer cannot answer that ({_first_lines(error)}); `recoup metrics list` names the "
                "metrics."
            ) from error
        with warehouse.connect("bi_reader", self._settings) as connection:
            cursor = connection.execute(statement.encode())
            columns = tuple(column.name for column in cursor.description or ())
            return Answer(statement, columns, tuple(cursor.fetchall()))


class _Dialect:
    """Tells MetricFlow which SQL to write; it never gets a connection."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer

        self.sql_engine_type = SqlEngine.POSTGRES
        self.sql_plan_renderer = PostgresSQLSqlPlanRenderer()


def _engine(settings: Settings) -> MetricFlowEngine:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    manifest = transform.semantic_manifest(settings)
    lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(manifest))
    return MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=_Dialect())  # type: ignore[arg-type]


def _first_lines(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3]).rstrip(".") or type(error).__name__
