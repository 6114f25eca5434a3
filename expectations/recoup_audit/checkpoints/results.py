"""What is kept of an audit: one row an expectation in `audit.validation_results`, one row an audit beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings
from recoup_audit.checkpoints.layer import Layer

_UNEVALUATED = "could not be evaluated"
_TELLING_NOTHING = re.compile(r"(psycopg2\.errors\.(?:Undefined\w+|InsufficientPrivilege))\) ([^\n]*)")
_NO_COLUMN = re.compile(r'The column "(\w+)" in BatchData does not exist')
_DATABASE_ERROR = re.compile(r"psycopg2\.errors\.\w+")


@dataclass(frozen=True)
class Finding:
    """What one expectation found; no row value in it.

    Attributes:
        observed: What was measured, as text: a count, or why nothing could be measured.
        unexpected_count: Rows that break the promise; None where the promise is not about rows.
        is_evaluated: False if the data is so broken that the question could not be asked; then it counts as critical.
    """

    suite: str
    expectation: str
    column_name: str
    severity: str
    success: bool
    observed: str | None
    unexpected_count: int | None
    notes: str
    is_evaluated: bool = True

    @property
    def stops_the_list(self) -> bool:
        """True for a critical promise that was broken or could not be asked."""
        return not self.success and (self.severity == "critical" or not self.is_evaluated)

    @property
    def name(self) -> str:
        """Name for a person: suite, expectation, column."""
        return f"{self.suite}: {self.expectation}" + (f"({self.column_name})" if self.column_name else "")

    @property
    def extent(self) -> str:
        """How much is broken, for a person."""
        if not self.is_evaluated:
            return self.observed or _UNEVALUATED
        if self.unexpected_count is None:
            return f"found {self.observed}"
        return f"fails for {self.unexpected_count} row{'' if self.unexpected_count == 1 else 's'}"


def findings_of(suite_result: ExpectationSuiteValidationResult) -> list[Finding]:
    """The findings of one suite, in its order."""
    return [_finding(suite_result.suite_name, result) for result in suite_result.results]


def failure_of_evaluation(result: ExpectationValidationResult) -> str | None:
    """Why an expectation could not be evaluated, without any value of the data; None if it was."""
    information: dict[str, Any] = result.exception_info or {}
    reports = [information] if "raised_exception" in information else list(information.values())
    for report in reports:
        if isinstance(report, dict) and report.get("raised_exception"):
            message = str(report.get("exception_message"))
            if message.startswith(_UNEVALUATED):
                return message
            telling = _TELLING_NOTHING.search(message)
            if telling:
                return f"{_UNEVALUATED}: {telling[2].strip()}"
            column = _NO_COLUMN.search(message)
            if column:
                return f"{_UNEVALUATED}: the column {column[1]} is missing"
            kind = _DATABASE_ERROR.search(message)
            return f"{_UNEVALUATED} ({kind[0] if kind else 'the rows have another form than promised'})"
    return None


def write(findings: Iterable[Finding], layer: Layer, day: Day, settings: Settings) -> None:
    """Replace what is kept of this layer and as-of date, in one transaction."""
    found = list(findings)
    critical = sum(finding.stops_the_list for finding in found)
    warnings = sum(not finding.success for finding in found) - critical
    date_and_layer = [day.as_of_date, layer.name]
    with warehouse.connect("auditor", settings) as connection, connection.cursor() as cursor:
        # Two audits of one layer and day at once: the second waits here and replaces the first.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", [layer.name, day.as_of_date.toordinal()])
        cursor.execute("delete from audit.validation_results where as_of_date = %s and layer = %s", date_and_layer)
        cursor.execute("delete from audit.validation_runs where as_of_date = %s and layer = %s", date_and_layer)
        cursor.executemany(
            """
            insert into audit.validation_results (
                as_of_date, layer, suite, expectation, column_name, severity, success, observed, unexpected_count, notes
            )
            values (
                %(as_of_date)s, %(layer)s, %(suite)s, %(expectation)s, %(column_name)s, %(severity)s, %(success)s,
                %(observed)s, %(unexpected_count)s, %(notes)s
            )
            """,
            [{"as_of_date": day.as_of_date, "layer": layer.name, **asdict(finding)} for finding in found],
        )
        cursor.execute(
            """
            insert into audit.validation_runs (
                as_of_date, layer, recorded_at, is_passed, expectations, failed_critical, failed_warning, content_sha256
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [*date_and_layer, day.recorded_at, critical == 0, len(found), critical, warnings, layer.content_sha256],
        )


def _finding(suite: str, result: ExpectationValidationResult) -> Finding:
    configuration = result.expectation_config
    assert configuration is not None
    arguments, outcome = configuration.kwargs, result.result
    unevaluated = failure_of_evaluation(result)
    observed = outcome.get("observed_value")
    unexpected = outcome.get("unexpected_count")
    if unexpected is None and result.success and observed is None:
        unexpected = 0
    return Finding(
        suite=suite,
        expectation=configuration.type,
        column_name=_column(arguments, configuration.meta or {}),
        severity=str(getattr(configuration.severity, "value", configuration.severity)),
        success=bool(result.success) and unevaluated is None,
        observed=unevaluated or (None if observed is None else str(observed)),
        unexpected_count=None if unevaluated or unexpected is None else int(unexpected),
        notes=str(configuration.notes),
        is_evaluated=unevaluated is None,
    )


def _column(arguments: dict[str, Any], meta: dict[str, Any]) -> str:
    if "column_A" in arguments:
        return f"{arguments['column_A']}, {arguments['column_B']}"
    return str(arguments.get("column") or meta.get("column") or "")
