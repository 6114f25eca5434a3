"""A warehouse with the rules and no data, for histories of a few rows."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

import pytest

from recoup.settings import Settings


def _load(name: str) -> ModuleType:
    """Load a module that lies beside this file; the tests' folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


raw_history = _load("raw_history")
people = _load("people")


@pytest.fixture(scope="session")
def ruled_warehouse(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Settings]:
    """An initialized warehouse with the seeds of the rules, for every test of this folder one after the other."""
    with new_warehouse() as settings:
        raw_history.load_seeds(settings)
        yield settings


@pytest.fixture
def ruled(ruled_warehouse: Settings) -> Settings:
    """The same, empty again and with the company's own parameters."""
    raw_history.empty(ruled_warehouse)
    raw_history.tell(ruled_warehouse)
    return ruled_warehouse
