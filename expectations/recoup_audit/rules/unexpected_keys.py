"""The form of a rule in SQL: a query that returns keys, and only keys, of the rows that break it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from great_expectations.core import ExpectationValidationResult
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import get_metric_kwargs
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render import LegacyDiagnosticRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies
from psycopg import sql

Severity = Literal["critical", "warning"]
"""Critical stops the list; warning reports."""

_KEYS = "unexpected_rows_query.table"
_COUNT = "unexpected_rows_query.row_count"
SHOWN_KEYS = 20
"""How many keys of failing rows a result names; the count is always the whole."""


class UnexpectedKeysExpectation(UnexpectedRowsExpectation):
    """Fails if `unexpected_rows_query` returns rows; the rows are keys, so results hold no row values.

    A subclass states how bad a failure is (`level`), why the promise matters (`reason`), and `rows`: SQL over the
    relation `batch` (the rows under audit) that selects key columns only. Placeholders in braces are filled by `about`.

    The count is taken first; keys are fetched only in a second look at a rule that failed.
    """

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = ""
    rows: ClassVar[str] = ""
    metric_dependencies: ClassVar[tuple[str, ...]] = (_COUNT,)

    @classmethod
    def about(cls, **values: Any) -> Self:
        """Make the expectation, the placeholders of its SQL filled with literals.

        Args:
            values: By placeholder. `column` names a column: it becomes an identifier and goes into the result's name.
        """
        column = values.pop("column", None)
        parts = {name: _literal(value) for name, value in values.items()}
        if column is not None:
            parts["column"] = sql.Identifier(column)
        rule = sql.SQL(cls.rows).format(batch=sql.SQL("{batch}"), **parts)
        query = sql.SQL("with batch as not materialized (select * from {batch}){rule}").format(
            batch=sql.SQL("{batch}"), rule=rule
        )
        return cls(
            unexpected_rows_query=query.as_string(None), severity=cls.level, notes=cls.reason,
            meta=None if column is None else {"column": column},
        )  # fmt: skip

    def get_validation_dependencies(
        self, execution_engine: ExecutionEngine | None = None, runtime_configuration: dict[str, Any] | None = None
    ) -> ValidationDependencies:
        """What has to be computed: the count; in any format but BOOLEAN_ONLY also the keys."""
        dependencies = super().get_validation_dependencies(execution_engine, runtime_configuration)
        if dependencies.result_format.get("result_format") != "BOOLEAN_ONLY":
            arguments = get_metric_kwargs(_KEYS, self.configuration, runtime_configuration)
            dependencies.set_metric_configuration(
                metric_name=_KEYS,
                metric_configuration=MetricConfiguration(
                    metric_name=_KEYS,
                    metric_domain_kwargs=arguments["metric_domain_kwargs"],
                    metric_value_kwargs=arguments["metric_value_kwargs"],
                ),
            )
        return dependencies

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> ExpectationValidationResult | dict[str, Any]:
        count = metrics[_COUNT]
        result: dict[str, Any] = {"observed_value": count, "unexpected_count": count}
        if metrics.get(_KEYS):
            result["partial_unexpected_list"] = [key_text(key) for key in metrics[_KEYS][:SHOWN_KEYS]]
        return {"success": count == 0, "result": result}

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
        **_: Any,
    ) -> list[Any]:
        """The library's own sentence is a share of a table's rows; a rule over several tables has no such share."""
        if result is None or result.success:
            return []
        # The runner has put its own words in place of an error's.
        unevaluated = (result.exception_info or {}).get("exception_message")
        said = unevaluated or f"{result.result['unexpected_count']} rows break the promise; keys of some of them:"
        return [RenderedStringTemplateContent(content_block_type="string_template", string_template={"template": said})]


def key_text(key: Mapping[str, Any]) -> str:
    """A key as a page shows it: its columns' values, in order."""
    return ", ".join(str(value) for value in key.values())


def _literal(value: Any) -> sql.Composable:
    """A literal whose braces survive the second formatting, that of the library: an empty array is written '{}'."""
    if isinstance(value, sql.Composable):
        return value
    return sql.SQL(sql.Literal(value).as_string(None).replace("{", "{{").replace("}", "}}"))
