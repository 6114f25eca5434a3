"""Builds beside the day's own: marts of another day or another knowledge, and what a past list was made of.

The very models of the day's run, written into a schema of their own: there is no second set of formulas that could
drift.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recoup import warehouse
from recoup.day import Day
from recoup.settings import Settings
from recoup.transform import (
    HISTORY_TAG,
    SELECTIONS,
    counts,
    dbt_vars,
    node_results,
    raise_on_failure,
    run_dbt,
    target_directory,
)

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_LIST_INPUTS = (
    "population", "experiment_arms", "eligible_contacts", "block_reasons", "rule_version", "ftr_account_day",
    "ftr_reach_slot", "ftr_reach_call", "erased_persons",
)  # fmt: skip
"""What scoring and proposing read."""

_JUDGED_BY_THE_DAY = ("int_promises",)
"""Maintained models whose rows say how something stood on the day of the run."""


def build_aside(schema: str, day: Day, known_at: datetime, settings: Settings) -> dict[str, int]:
    """Build the marts of a day, as known at an instant, into a schema of their own; the real ones stay as they are.

    What is maintained from batch to batch holds every day and every knowledge, so it is read where it is. Everything
    that describes one day is built aside, and its tests run there.

    Args:
        schema: Exists, and belongs to the transformer.
        known_at: Knowledge cut-off, inclusive, aware.

    Returns and raises as `build_staging`.
    """
    values = {**dbt_vars(day, settings), "known_at": known_at.isoformat()}
    target_path = target_directory(settings).with_name(f"{settings.database}-{schema}")

    def write_aside(manifest: Manifest) -> Sequence[str]:
        for node in manifest.nodes.values():
            layer = node.path.partition("/")[0]
            is_maintained = layer == "intermediate" and node.config.materialized == "incremental"
            if str(node.resource_type) == "model" and layer in ("intermediate", "marts") and not is_maintained:
                _move(node, schema, settings)
        return ()

    try:
        result = run_dbt(
            ["build", "--select", *SELECTIONS["marts"],
             "--exclude", HISTORY_TAG, "path:models/intermediate,config.materialized:incremental",
             "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable",
             "--vars", json.dumps(values)],
            settings, reshape=write_aside, target_path=target_path,
        )  # fmt: skip
        raise_on_failure(result, "figures", day, settings)
    finally:
        shutil.rmtree(target_path, ignore_errors=True)
    return counts(node_results(result))


def build_list_inputs_aside(schema: str, day: Day, settings: Settings) -> dict[str, int]:
    """Build what a day's lists were made of into a schema of their own, with what was known and in force then.

    What is maintained from batch to batch is read where it is, with two exceptions: promises are judged by the
    day, and the seeds of then lie in `schema` already.

    Args:
        schema: Exists, belongs to the transformer, and holds the seeds that it is to be built with.
        settings: With the `aside` of the list.

    Raises:
        RecoupError: A model failed; the sentence names it. The models' tests passed when the list was made.
    """
    values = {**dbt_vars(day, settings), "training_history_days": 0}
    target_path = target_directory(settings).with_name(f"{settings.database}-{schema}")
    kept = _tables(schema, settings)

    def write_aside(manifest: Manifest) -> Sequence[str]:
        names = _names_of_list_inputs(manifest)
        for node in manifest.nodes.values():
            kind = str(node.resource_type)
            if (kind == "model" and node.name in names) or (kind == "seed" and node.name in kept):
                _move(node, schema, settings)
        return ("--select", *sorted(names))

    try:
        result = run_dbt(
            ["run", "--vars", json.dumps(values)],
            settings, reshape=write_aside, target_path=target_path,
        )  # fmt: skip
        raise_on_failure(result, "replay", day, settings)
    finally:
        shutil.rmtree(target_path, ignore_errors=True)
    return counts(node_results(result))


def _names_of_list_inputs(manifest: Manifest) -> set[str]:
    """Models that a list descends from and that describe one day: the scorer reads their ends."""
    wanted = [f"model.recoup.{name}" for name in _LIST_INPUTS]
    names: set[str] = set()
    while wanted:
        node = manifest.nodes.get(wanted.pop())
        if node is None or str(node.resource_type) != "model" or node.name in names:
            continue
        layer = node.path.partition("/")[0]
        is_maintained = layer == "intermediate" and node.config.materialized == "incremental"
        if layer == "staging" or (is_maintained and node.name not in _JUDGED_BY_THE_DAY):
            continue
        names.add(node.name)
        wanted.extend(node.depends_on_nodes)
    return names


def _tables(schema: str, settings: Settings) -> set[str]:
    with warehouse.connect("transformer", settings) as connection:
        rows = connection.execute("select tablename::text from pg_tables where schemaname = %s", [schema]).fetchall()
    return {name for (name,) in rows}


def _move(node: Any, schema: str, settings: Settings) -> None:
    node.schema = schema
    node.relation_name = f'"{settings.database}"."{schema}"."{node.alias}"'
