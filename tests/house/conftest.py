"""What the house tests read: the project's own files, never the environment's."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("src/recoup", "ml/recoup_ml", "expectations/recoup_audit")


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (PROJECT / folder).rglob("*.py"))


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def package_files() -> list[Path]:
    """Every module of the three packages."""
    files = python_files(*PACKAGES)
    for folder in PACKAGES:
        assert [file for file in files if (PROJECT / folder) in file.parents], f"no module found in {folder}"
    return files


@pytest.fixture(scope="session")
def all_python_files() -> list[Path]:
    """Every Python file of the project, tests included."""
    files = python_files(*PACKAGES, "dags", "plugins", "tests", "bench")
    assert len(files) > 40
    return files


@pytest.fixture(scope="session")
def trees(all_python_files: list[Path]) -> dict[Path, ast.Module]:
    """The syntax tree of each file, by its path in the project."""
    return {file.relative_to(PROJECT): ast.parse(file.read_text(encoding="utf-8")) for file in all_python_files}


@pytest.fixture(scope="session")
def model_files() -> list[Path]:
    """Every dbt model and macro."""
    files = sorted((PROJECT / "dbt_project" / "models").rglob("*.sql"))
    assert len(files) > 10, "hardly any dbt models found"
    return files + sorted((PROJECT / "dbt_project" / "macros").rglob("*.sql"))
