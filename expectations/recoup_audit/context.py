"""The Great Expectations context: in memory, but for the results and their pages, which hold keys and counts only.

The context is ephemeral because a context on disk would write the warehouse's password into its configuration.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recoup import warehouse
from recoup.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.datasource.fluent import SQLDatasource

KEPT_RUNS = 200
"""Result pages that the index lists. What was found is kept for good in audit.validation_results."""


def data_docs_dir(settings: Settings) -> Path:
    """Where the pages are; `index.html` is the entrance."""
    return settings.artifacts / "data_docs"


def open_context(settings: Settings) -> AbstractDataContext:
    """A context without network calls, progress bars or row values, writing its pages below `settings.artifacts`."""
    # Read when the library is imported; nothing here is to call out.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig

    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
            expectations_store_name="expectations_store",
            validation_results_store_name="validation_results_store",
            checkpoint_store_name="checkpoint_store",
            stores={
                "expectations_store": _in_memory("ExpectationsStore"),
                "checkpoint_store": _in_memory("CheckpointStore"),
                "validation_definition_store": _in_memory("ValidationDefinitionStore"),
                "validation_results_store": {
                    "class_name": "ValidationResultsStore",
                    "store_backend": _on_disk(settings.artifacts / "gx" / "validation_results"),
                },
            },
            data_docs_sites={
                "local": {
                    "class_name": "SiteBuilder",
                    "show_how_to_buttons": False,
                    "store_backend": _on_disk(data_docs_dir(settings)),
                    "site_index_builder": {
                        "class_name": "DefaultSiteIndexBuilder",
                        "show_how_to_buttons": False,
                        "validation_results_limit": KEPT_RUNS,
                    },
                    "site_section_builders": {"expectations": "None", "profiling": "None"},
                }
            },
        ),
    )


def open_warehouse(context: AbstractDataContext, settings: Settings, batches: Collection[str]) -> SQLDatasource:
    """The warehouse as the auditor sees it. Batches stay subqueries: a copy of the day's rows would cost a day's load.

    Args:
        batches: SQL of every batch that will be audited.
    """
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=warehouse.url("auditor", settings, driver="postgresql+psycopg2"),
        create_temp_table=False,
        kwargs={"connect_args": {"options": "-c TimeZone=UTC", "application_name": "recoup auditor"}},
    )
    _ask_for_columns_only(source, batches)
    return source


def _ask_for_columns_only(source: SQLDatasource, batches: Collection[str]) -> None:
    """Answer the library's question which columns a batch has without fetching the batch.

    It runs the batch's own query and looks at the names alone; millions of rows would come into memory for them.
    """
    import sqlalchemy

    def limited(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, is_many: bool
    ) -> tuple[str, Any]:
        return (f"{statement} limit 0" if statement in batches else statement), parameters

    engine = source.get_execution_engine().engine
    sqlalchemy.event.listen(engine, "before_cursor_execute", limited, retval=True)


def _in_memory(class_name: str) -> dict[str, Any]:
    return {"class_name": class_name, "store_backend": {"class_name": "InMemoryStoreBackend"}}


def _on_disk(directory: Path) -> dict[str, Any]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(directory)}
