"""Run the dbt project: staging, marts, features and monitoring of one day.

dbt runs inside this process. The project is parsed without the day's values and the parse is kept, so a day costs its
queries and no parsing; what dbt compiles and logs goes under the home directory, never into the checkout.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from recoup import warehouse
from recoup.contact_log import is_declared_uncontacted, keeps_contact_log
from recoup.cutoffs import knowledge_cutoff, open_cutoff
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.parsed_project import environment, first_line, project_options, read_project
from recoup.settings import Settings

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

SELECTIONS: dict[str, tuple[str, ...]] = {
    "staging": ("resource_type:seed", "path:models/staging"),
    "marts": ("path:models/intermediate", "path:models/marts"),
    "features": ("path:models/features", "path:models/policy"),
    "monitoring": ("path:models/monitoring",),
}
"""What each stage builds; the tests of a model run right after it."""

HISTORY_TAG = "tag:history"
"""Checks that read the whole ledger; asked for by name, never part of a day."""

_ONE_AT_A_TIME = threading.Lock()
_FAILED = ("error", "fail", "runtime error", "partial success")


def build_staging(day: Day, settings: Settings) -> dict[str, int]:
    """Load the seeds and bring staging up to the newest batch of each feed; the day's knowledge cut-off opens here.

    Returns:
        Counts of models, tests and rows written.

    Raises:
        RecoupError: A model or test failed; the sentence names it.
    """
    open_cutoff(day, settings)
    return build("staging", day, settings)


def build_marts(day: Day, settings: Settings) -> dict[str, int]:
    """Bring the ledger up to date and replace the day's rows of every mart. Returns and raises as `build_staging`."""
    return build("marts", day, settings)


def build_features(day: Day, settings: Settings) -> dict[str, int]:
    """Build the model inputs, the contact rules' answers and the arms. Returns and raises as `build_staging`."""
    return build("features", day, settings)


def build_monitoring(day: Day, settings: Settings) -> dict[str, int]:
    """Build what shows how lists and models did. Returns and raises as `build_staging`."""
    return build("monitoring", day, settings)


def build(stage: str, day: Day, settings: Settings, *, full_refresh: bool = False) -> dict[str, int]:
    """Build one of `SELECTIONS` for a day.

    Args:
        full_refresh: Drop and rebuild incremental tables from everything that is held.

    Returns:
        `models`, `tests`, `rows` written, and the rows of each model that has an incremental partition or table.

    Raises:
        RecoupError: The warehouse cannot be reached, the project cannot be read, or a model or test failed.
    """
    arguments = [
        "build", "--select", *SELECTIONS[stage], "--exclude", HISTORY_TAG, "--exclude-resource-type", "unit_test",
        # A test that also reads what a later stage builds waits for that stage.
        "--indirect-selection", "buildable",
    ]  # fmt: skip
    if full_refresh:
        arguments.append("--full-refresh")
    result = run_dbt([*arguments, "--vars", json.dumps(dbt_vars(day, settings))], settings)
    raise_on_failure(result, f"build_{stage}", day, settings)
    return counts(node_results(result))


def check_history(day: Day, settings: Settings) -> dict[str, int]:
    """Run the checks that read the whole ledger, as of `day`. Returns and raises as `build_staging`."""
    result = run_dbt(["test", "--select", HISTORY_TAG, "--vars", json.dumps(dbt_vars(day, settings))], settings)
    raise_on_failure(result, "check_history", day, settings)
    return counts(node_results(result))


def generate_docs(settings: Settings) -> Path:
    """Write dbt's documentation site and return its page.

    Raises:
        RecoupError: The project cannot be read, or the warehouse cannot be reached.
    """
    result = run_dbt(["docs", "generate", "--static"], settings)
    if not result.success:
        raise RecoupError(
            f"dbt could not write its documentation ({first_line(result.exception)}); {_log_hint(settings)}."
        )
    return target_directory(settings) / "static_index.html"


def semantic_manifest(settings: Settings) -> str:
    """The project's semantic models and metrics as dbt hands them to MetricFlow, JSON.

    Raises:
        RecoupError: The warehouse cannot be reached, or the project cannot be read.
    """
    warehouse.connect("transformer", settings).close()
    with _ONE_AT_A_TIME, _environment(settings):
        from dbt.cli.main import dbtRunner

        # Parsed for this very database: MetricFlow takes the relations' names from the file that dbt writes.
        parsed = dbtRunner().invoke(["parse", *_options(settings)])
    if not parsed.success:
        raise RecoupError(f"dbt cannot read the project ({first_line(parsed.exception)}); {_log_hint(settings)}.")
    return (target_directory(settings) / "semantic_manifest.json").read_text(encoding="utf-8")


def run_dbt(
    arguments: Sequence[str],
    settings: Settings,
    on_event: Callable[[Any], None] | None = None,
    *,
    reshape: Callable[[Manifest], Sequence[str]] | None = None,
    target_path: Path | None = None,
) -> dbtRunnerResult:
    """Invoke dbt in this process as the transformer, quietly.

    Args:
        arguments: Command and options, as on dbt's command line; paths and profile are added.
        on_event: Gets every event of the run, such as each statement that is sent.
        reshape: Changes the parsed project in place before it runs, such as where a model is written; returns further
            arguments, such as which models that are.
        target_path: Where dbt writes what it compiles, default the warehouse's own directory.

    Raises:
        RecoupError: The warehouse cannot be reached, or the project cannot be parsed.
    """
    # dbt would need a minute of retries and a page of text to say that the server is stopped.
    warehouse.connect("transformer", settings).close()
    with _ONE_AT_A_TIME, _environment(settings):
        from dbt.cli.main import dbtRunner  # two seconds of imports that only dbt's own stages should pay

        manifest = _manifest(settings)
        more = reshape(manifest) if reshape else ()
        return dbtRunner(manifest=manifest, callbacks=[on_event] if on_event else []).invoke(
            [*arguments, *more, *_options(settings, target_path)]
        )


def dbt_vars(day: Day, settings: Settings) -> dict[str, Any]:
    """The day's values for the models, JSON-ready. Every name has a default in dbt_project.yml.

    A replay brings those that its list was made with.
    """
    if settings.aside:
        return {**settings.aside.dbt_vars, "known_at": settings.aside.known_at.isoformat()}
    company, leakage = settings.company, settings.company.leakage
    return {
        "as_of_date": day.as_of_date.isoformat(),
        "list_date": day.list_date.isoformat(),
        "known_at": knowledge_cutoff(day, settings).isoformat(),
        "time_zone": company.time_zone,
        "reporting_currency": company.reporting_currency,
        "collector_role": company.collector_role,
        "aging_bucket_days": list(company.aging_bucket_days),
        "control_share": company.experiment.control_share,
        "explore_share": company.experiment.explore_share,
        "experiment_seed": company.experiment.seed,
        "control_team": company.experiment.control_team,
        "explore_team": company.experiment.explore_team,
        "contact_media": list(company.contact.media),
        "disposition_dialers": list(company.contact.dialers),
        "company_dispositions": [list(own) for own in company.contact.dispositions.items()],
        "automated_voice": company.contact.automated_voice,
        "gross_margin": company.gross_margin,
        "prior_contact_declared": is_declared_uncontacted(day, settings),
        "has_contact_feed": keeps_contact_log(company),
        "leakage_unapplied_after_days": leakage.unapplied_after_days,
        "leakage_untouched_after_days": leakage.untouched_after_days_past_due,
        "leakage_promise_followup_days": leakage.broken_promise_followup_days,
        "leakage_billing_grace_days": leakage.billing_grace_days,
        "leakage_late_billing_days": leakage.late_billing_days,
        "leakage_fee_grace_days": leakage.late_fee_after_days,
        "leakage_duplicate_days": leakage.duplicate_within_days,
        "leakage_recovery_floor": leakage.recovery_floor,
        "alert_newly_overdue_amount": company.alerts.newly_overdue_amount,
        "alert_broken_promise_amount": company.alerts.broken_promise_amount,
        "alert_bucket_crossing_amount": company.alerts.bucket_crossing_amount,
        "alert_leakage_amount": leakage.alert_amount,
        "alert_high_amount": company.alerts.high_amount,
        "alert_kpi_band_mads": company.alerts.kpi_band_mads,
        "alert_kpi_window_days": company.alerts.kpi_window_days,
        "alert_kpi_history_days": company.alerts.kpi_history_days,
        "alert_kpi_metrics": list(company.alerts.kpi_metrics),
    }


def _manifest(settings: Settings) -> Manifest:
    return read_project(settings, _database(settings))


def _options(settings: Settings, target_path: Path | None = None) -> list[str]:
    return project_options(settings, target_path or target_directory(settings), _log_path(settings))


def target_directory(settings: Settings) -> Path:
    """Where dbt keeps what it compiles: one a database."""
    return settings.home / "dbt" / settings.database


def _log_path(settings: Settings) -> Path:
    return settings.home / "logs" / "dbt" / settings.database


def _environment(settings: Settings) -> contextlib.AbstractContextManager[None]:
    parts = urlsplit(warehouse.url("transformer", settings))
    return environment({
        "RECOUP_DBT_HOST": parts.hostname or "127.0.0.1",
        "RECOUP_DBT_PORT": str(parts.port or 5432),
        "RECOUP_DBT_USER": unquote(parts.username or ""),
        "RECOUP_DBT_PASSWORD": unquote(parts.password or ""),
        "RECOUP_DBT_DBNAME": _database(settings),
        "DO_NOT_TRACK": "1",
    })  # fmt: skip


def _database(settings: Settings) -> str:
    return unquote(urlsplit(warehouse.url("transformer", settings)).path.lstrip("/"))


def node_results(result: dbtRunnerResult) -> list[NodeResult]:
    """What became of each node of a run."""
    return list(getattr(result.result, "results", []))


def counts(results: Sequence[NodeResult]) -> dict[str, int]:
    """`models`, `tests`, `rows` written, and the rows of each model that has a table."""
    found = {"models": 0, "tests": 0, "rows": 0}
    for outcome in results:
        kind = str(outcome.node.resource_type)
        if kind == "test":
            found["tests"] += 1
            continue
        rows = max(int(outcome.adapter_response.get("rows_affected") or 0), 0)
        found["models"] += 1
        found["rows"] += rows
        if str(getattr(outcome.node.config, "materialized", "")) in ("incremental", "table"):
            found[outcome.node.name] = rows
    return found


def raise_on_failure(result: dbtRunnerResult, stage: str, day: Day, settings: Settings) -> None:
    """Turn the first failure of a run into one sentence.

    Raises:
        RecoupError: A model or test failed, or dbt itself did.
    """
    failed = [outcome for outcome in node_results(result) if str(outcome.status) in _FAILED]
    if not failed:
        if result.success:
            return
        raise RecoupError(f"dbt stopped in {stage} ({first_line(result.exception)}); {_log_hint(settings)}.")
    first = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    where = f"in {stage} for {day.as_of_date.isoformat()}"
    if str(first.node.resource_type) == "test" and str(first.status) == "fail":
        rows = int(first.failures or 0)
        raise RecoupError(
            f"The dbt test {first.node.name} found {rows} failing row{'' if rows == 1 else 's'} {where}{more}: "
            f"run its query in {_compiled_path(first, settings)} to see them; {_log_hint(settings)}."
        )
    kind = str(first.node.resource_type)
    raise RecoupError(
        f"The dbt {kind} {first.node.name} failed {where}{more} ({_database_message(first.message)}); "
        f"{_log_hint(settings)}."
    )


def _compiled_path(outcome: NodeResult, settings: Settings) -> str:
    return str(getattr(outcome.node, "compiled_path", None) or target_directory(settings) / "compiled")


def _database_message(message: str | None) -> str:
    # "Database Error in model x (models/x.sql)\n  what Postgres said\n  LINE 4: …"
    lines = [line.strip() for line in (message or "no message").splitlines() if line.strip()]
    return (lines[1] if len(lines) > 1 and " Error in " in lines[0] else lines[0]).rstrip(".")


def _log_hint(settings: Settings) -> str:
    return f"the log is {_log_path(settings) / 'dbt.log'}"
