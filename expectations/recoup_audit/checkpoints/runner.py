"""The one runner: hold a layer's suites against their rows, keep what was found, and stop the day if it must stop."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from great_expectations import Checkpoint, ExpectationSuite, ValidationDefinition
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.run_identifier import RunIdentifier

from recoup.day import Day
from recoup.errors import StageFailedError
from recoup.settings import Settings
from recoup_audit.checkpoints import results
from recoup_audit.checkpoints.entrance import write_entrance
from recoup_audit.checkpoints.layer import Check, Layer
from recoup_audit.checkpoints.results import Finding
from recoup_audit.context import data_docs_dir, open_context, open_warehouse
from recoup_audit.rules.unexpected_keys import SHOWN_KEYS, key_text

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier

_log = logging.getLogger(__name__)

_NAMED_FAILURES = 3
_KEPT_RUNS = 30


def run(layer: Layer, day: Day, settings: Settings) -> dict[str, int]:
    """Audit `layer` for `day`; the findings replace those of an earlier audit of the same date.

    Returns:
        How many expectations there were, and how many warnings failed.

    Raises:
        StageFailedError: A critical expectation failed or could not be evaluated; names it, with the failing count.
    """
    with _one_at_a_time(settings):
        context = open_context(settings)
        outcomes = _validate(context, layer, day, settings)
        findings = [finding for outcome in outcomes.values() for finding in results.findings_of(outcome)]
        results.write(findings, layer, day, settings)
        _write_pages(context, outcomes, settings)
    stopping = [finding for finding in findings if finding.stops_the_list]
    warnings = [finding for finding in findings if not finding.success and not finding.stops_the_list]
    for finding in warnings:
        _log.warning("%s %s. %s", finding.name, finding.extent, finding.notes)
    if stopping:
        raise StageFailedError(_sentence(stopping, layer, day, settings))
    return {"expectations": len(findings), "failed_critical": 0, "failed_warning": len(warnings)}


def _validate(
    context: AbstractDataContext, layer: Layer, day: Day, settings: Settings
) -> dict[ValidationResultIdentifier, ExpectationSuiteValidationResult]:
    """Count first, look closer after: the first pass aggregates each table once, only failures are asked for keys."""
    source = open_warehouse(context, settings, frozenset(check.rows for check in layer.checks))
    assets = {check.suite.name: source.add_query_asset(check.suite.name, query=check.rows) for check in layer.checks}
    batches = {name: asset.add_batch_definition_whole_table("day") for name, asset in assets.items()}
    checkpoint = context.checkpoints.add(
        Checkpoint(
            name=layer.name,
            validation_definitions=[
                context.validation_definitions.add(
                    ValidationDefinition(
                        name=check.suite.name, data=batches[check.suite.name], suite=context.suites.add(check.suite)
                    )
                )
                for check in layer.checks
            ],
            result_format="BOOLEAN_ONLY",
        )
    )
    checkpoint_result = checkpoint.run(
        expectation_parameters=dict(layer.parameters),
        run_id=RunIdentifier(run_name=day.as_of_date.isoformat(), run_time=day.recorded_at),
    )
    checks = {check.suite.name: check for check in layer.checks}
    outcomes = checkpoint_result.run_results
    for identifier, outcome in outcomes.items():
        if not outcome.success:
            name = outcome.suite_name
            _put_closer_looks(outcome, _closer_look(outcome, batches[name], checks[name], layer))
            context.validation_results_store.set(identifier, outcome)
    return outcomes


def _closer_look(
    outcome: ExpectationSuiteValidationResult, batch: BatchDefinition, check: Check, layer: Layer
) -> ExpectationSuiteValidationResult:
    """Ask the failed expectations again, now for keys; values of the rows stay out."""
    failed = {result.expectation_config.id for result in outcome.results if not result.success}
    copies = [copy(expectation) for expectation in check.suite.expectations if expectation.id in failed]
    for expectation in copies:
        expectation.id = None
    return batch.get_batch().validate(
        ExpectationSuite(name=f"{check.suite.name}_failed", expectations=copies),
        result_format={
            "result_format": "SUMMARY",
            "unexpected_index_column_names": list(check.keys),
            "exclude_unexpected_values": True,
            "partial_unexpected_count": SHOWN_KEYS,
        },
        expectation_parameters=dict(layer.parameters),
    )


def _put_closer_looks(outcome: ExpectationSuiteValidationResult, closer: ExpectationSuiteValidationResult) -> None:
    """Replace failed results by the closer look at them, and error texts, which may quote a row, by our own words."""
    looks = {_question(result): _keys_only(result) for result in closer.results}
    outcome.results = [result if result.success else looks.get(_question(result), result) for result in outcome.results]
    for result in outcome.results:
        reason = results.failure_of_evaluation(result)
        if reason is not None:
            result.success = False
            result.exception_info = {"raised_exception": True, "exception_message": reason, "exception_traceback": ""}


def _keys_only(result: ExpectationValidationResult) -> ExpectationValidationResult:
    """Where the library lists unexpected values, list the keys of their rows."""
    keys = result.result.pop("partial_unexpected_index_list", None)
    result.result.pop("unexpected_index_query", None)
    if keys is not None:
        result.result["partial_unexpected_list"] = [key_text(key) for key in keys]
    return result


def _question(result: ExpectationValidationResult) -> str:
    """What was asked: the same in both looks, unlike the ids."""
    configuration = result.expectation_config
    assert configuration is not None
    return f"{configuration.type} {sorted((name, str(value)) for name, value in configuration.kwargs.items())}"


def _write_pages(
    context: AbstractDataContext,
    outcomes: dict[ValidationResultIdentifier, ExpectationSuiteValidationResult],
    settings: Settings,
) -> None:
    """Write this run's pages and their entrance. The findings are in the warehouse already: a full disk loses none."""
    store = context.validation_results_store
    try:
        for name in {outcome.suite_name for outcome in outcomes.values()}:
            mine = [key for key in store.list_keys() if key.expectation_suite_identifier.name == name]
            for key in sorted(mine, key=lambda key: key.run_id.run_time)[:-_KEPT_RUNS]:
                store.remove_key(key)
        context.build_data_docs(resource_identifiers=list(outcomes))
        write_entrance(settings)
    except OSError as error:
        _log.warning("The pages of the audit could not be written: %s.", error)


def _sentence(stopping: list[Finding], layer: Layer, day: Day, settings: Settings) -> str:
    named = "; ".join(f"{finding.name} {finding.extent}" for finding in stopping[:_NAMED_FAILURES])
    more = len(stopping) - _NAMED_FAILURES
    return (
        f"The audit of {layer.title} for {day.as_of_date} failed, so nothing new is published: {named}"
        + (f"; and {more} more" if more > 0 else "")
        + f" (why it matters: {stopping[0].notes.rstrip('.')}; keys of failing rows:"
        f" {data_docs_dir(settings) / 'index.html'})."
    )


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Two audits at once would read each other's half-written pages."""
    directory = settings.artifacts / "gx"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
