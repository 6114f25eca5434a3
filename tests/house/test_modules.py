"""No drawers, no giants, nothing that only means something on one machine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

LONGEST = 400
DRAWERS = {"utils", "util", "common", "helpers", "helper", "base", "misc", "shared", "tools"}
SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".toml", ".md"}
FOLDERS = ("src", "ml", "expectations", "dags", "plugins", "dbt_project", "tests", "bench", "docs", "examples")
UNSAID = {
    "an issue's number": re.compile(r"(?i)\bissue\s*#?\d+\b|(?<![\w&/#])#\d{1,4}\b(?![\w-])"),
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:work|home/\w+|root|Users/\w+)/"),
    "an open end": re.compile(r"\b(?:TODO|FIXME|HACK)\b"),
}


def own_files(project: Path) -> list[Path]:
    files = [
        file
        for folder in FOLDERS
        for file in (project / folder).rglob("*")
        if file.suffix in SUFFIXES and not {"target", "logs", "__pycache__", "dbt_packages"} & set(file.parts)
    ]
    assert len(files) > 80
    return files


def test_no_module_is_a_drawer(all_python_files: list[Path], model_files: list[Path]) -> None:
    found = [file for file in all_python_files + model_files if {file.stem, file.parent.name} & DRAWERS]
    assert found == []


def test_no_module_is_longer_than_four_hundred_lines(all_python_files: list[Path], project: Path) -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in all_python_files}
    assert max(lengths.values()) > 100
    assert {str(file.relative_to(project)): lines for file, lines in lengths.items() if lines >= LONGEST} == {}


def test_every_module_says_what_it_is_for(trees: dict[Path, ast.Module]) -> None:
    silent = [
        file
        for file, tree in trees.items()
        if tree.body and ast.get_docstring(tree) is None and file.name != "__init__.py" and file.parts[0] != "tests"
    ]
    assert silent == []


def test_no_file_names_an_issue_a_machine_or_an_open_end(project: Path) -> None:
    found = []
    for file in own_files(project):
        if file.name == "test_modules.py":
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            found += [
                f"{file.relative_to(project)}:{number} holds {what}: {line.strip()[:80]}"
                for what, pattern in UNSAID.items()
                if pattern.search(line)
            ]
    assert found == []


def test_the_guard_knows_an_issue_a_machine_and_an_open_end_when_it_sees_them() -> None:
    said = {"an issue's number": "see issue 12", "a path of one machine": "/work/main/x", "an open end": "# TODO later"}
    assert {what for what, pattern in UNSAID.items() if pattern.search(said[what])} == set(UNSAID)
    assert not any(pattern.search("color: #1f4e79; rank #1a; a/work/b; Debit #x") for pattern in UNSAID.values())
