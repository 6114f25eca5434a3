"""The engine on a real Postgres: simulated features and policy, loaded as dbt would leave them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from recoup.day import Day
from recoup.settings import Settings
from recoup.warehouse import connect
from recoup_ml import stages

AS_OF = date(2026, 3, 31)
Reader = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def simulation() -> ModuleType:
    name = "simulated_features"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("simulated_features.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def day() -> Day:
    return Day.closing(AS_OF, "America/New_York")


@pytest.fixture(scope="session")
def small_company(simulation: ModuleType) -> Any:
    return simulation.simulate(AS_OF, accounts=400, weeks=40, attempts=6_000, control_share=0.15)


@pytest.fixture(scope="session")
def scored_day(
    new_warehouse: Callable[..., AbstractContextManager[Settings]], simulation: ModuleType, small_company: Any, day: Day
) -> Any:
    """(settings, row counts by stage) of a warehouse that every stage of the engine went through. For reading only."""
    with new_warehouse() as settings:
        simulation.load(small_company, settings)
        yield settings, {run.__name__: run(day, settings) for run in every_stage()}


@pytest.fixture
def loaded(warehouse: Settings, simulation: ModuleType, small_company: Any) -> Settings:
    """A warehouse of one's own with the simulated company, nothing run."""
    simulation.load(small_company, warehouse)
    return warehouse


@pytest.fixture(scope="session")
def rows_of() -> Reader:
    """Rows of a query, as the role that may read everything of the engine's."""

    def read(settings: Settings, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with connect("scorer", settings) as connection:
            cursor: psycopg.Cursor[tuple[Any, ...]] = connection.execute(query, parameters)  # type: ignore[arg-type]
            return cursor.fetchall()

    return read


def every_stage() -> tuple[Callable[[Day, Settings], dict[str, int]], ...]:
    return (stages.train_reach_model, stages.train_payment_model, stages.score_accounts, stages.propose_lists)
