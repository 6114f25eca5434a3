"""Imports go one way, and Airflow stays outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

AT_HOME_WITH_AIRFLOW = ("dags", "plugins", "tests/dags")
OF_A_DAG = {"__future__", "airflow", "recoup"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def test_the_import_contracts_hold(project: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "Contracts: 5 kept, 0 broken." in done.stdout


def test_only_the_synthetic_company_and_the_evaluation_open_the_truth(package_files: list[Path], project: Path) -> None:
    readers = {
        file.parent.relative_to(project).as_posix()
        for file in package_files
        if "open_truth" in file.read_text(encoding="utf-8")
    }
    assert readers == {"src/recoup/synthetic", "src/recoup/evaluation"}


def test_airflow_is_imported_in_dags_and_plugins_only(trees: dict[Path, ast.Module]) -> None:
    users = {file for file, tree in trees.items() if any(name.split(".")[0] == "airflow" for name in imports(tree))}
    assert {file.parts[0] for file in users} >= {"dags", "plugins"}, "the guard sees no import of Airflow at all"
    strangers = [file for file in users if not file.as_posix().startswith(AT_HOME_WITH_AIRFLOW)]
    assert strangers == []


def test_a_dag_imports_its_work_inside_its_tasks(trees: dict[Path, ast.Module]) -> None:
    dags = {file: tree for file, tree in trees.items() if file.parts[0] == "dags"}
    assert dags
    for file, tree in dags.items():
        at_the_top = {
            name for node in tree.body for name in imports(node) if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert {name.split(".")[0] for name in at_the_top} <= OF_A_DAG, file
        ours = {name for name in at_the_top if name.startswith("recoup")}
        assert ours <= {"recoup.schedule", "recoup.settings"}, f"{file} imports work while it is parsed"
        assert "recoup.airflow_runtime.tasks" in set(imports(tree))


def test_a_dag_holds_no_logic(trees: dict[Path, ast.Module]) -> None:
    dags = {file: tree for file, tree in trees.items() if file.parts[0] == "dags"}
    assert dags
    for file, tree in dags.items():
        branches = [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.For | ast.While | ast.Try)]
        assert branches == [], f"{file} decides something: that belongs in a package"
