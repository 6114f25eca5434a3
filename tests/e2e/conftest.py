"""A company that has lived through its day, to be changed at will: a copy of the shared one, made by the server."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from psycopg import sql

from recoup import pipeline
from recoup import warehouse as server
from recoup.day import Day
from recoup.settings import Settings
from recoup.warehouse.initialization import create_databases

LISTS = ("contact_priority", "best_time_to_contact", "excluded")
_numbers = count(1)

RowHashes = dict[str, list[str]]


@pytest.fixture(scope="module")
def company_copy(company_run: Any) -> Callable[[], AbstractContextManager[Settings]]:
    """Make a copy of `company_run` for a `with` block."""

    @contextlib.contextmanager
    def make() -> Iterator[Settings]:
        original: Settings = company_run.settings
        settings = replace(original, database=f"copy_{os.getpid()}_{next(_numbers)}")
        with server.connect("admin", original, "postgres", autocommit=True) as admin:
            # A pooled connection that is still open would keep the server from copying.
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where starts_with(datname, %s) and pid <> pg_backend_pid()",
                [original.database],
            )
            create_databases(admin, settings, template=original)
        try:
            yield settings
        finally:
            server.drop(settings)

    return make


@pytest.fixture(scope="session")
def run_day() -> Callable[[Day, Settings], dict[str, dict[str, int]]]:
    """Run every stage of a day, in order, as the DAGs do."""

    def run(day: Day, settings: Settings) -> dict[str, dict[str, int]]:
        return {stage.name: pipeline.run_stage(stage.name, day, settings) for stage in pipeline.STAGES}

    return run


@pytest.fixture(scope="session")
def row_hashes() -> Callable[[Day, Settings], RowHashes]:
    """The row hashes of a day's published lists, sorted, by list."""

    def read(day: Day, settings: Settings) -> RowHashes:
        with server.connect("dialer", settings) as connection:
            return {
                name: [
                    row[0]
                    for row in connection.execute(
                        sql.SQL("select row_hash from {} where list_date = %s order by row_hash").format(
                            sql.Identifier("lists", name)
                        ),
                        [day.list_date],
                    )
                ]
                for name in LISTS
            }

    return read
