"""Every path that our texts name exists."""

from __future__ import annotations

import re
from pathlib import Path

TOP = r"(?:src|ml|expectations|dags|plugins|dbt_project|tests|bench|docs|examples|docker)"
NAMED = re.compile(rf"`({TOP}/[\w./-]*[\w/])`")
LINKED = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def texts(project: Path) -> list[Path]:
    found = [*project.glob("*.md"), *(project / "docs").rglob("*.md"), *(project / "bench").rglob("*.md")]
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= {file.name for file in found}
    return found


def test_every_path_named_in_a_text_exists(project: Path) -> None:
    named = [(file, path) for file in texts(project) for path in NAMED.findall(file.read_text(encoding="utf-8"))]
    assert named
    missing = [f"{file.relative_to(project)}: {path}" for file, path in named if not (project / path).exists()]
    assert missing == []


def test_every_link_leads_somewhere(project: Path) -> None:
    links = [(file, link) for file in texts(project) for link in LINKED.findall(file.read_text(encoding="utf-8"))]
    assert links
    missing = [f"{file.relative_to(project)}: {link}" for file, link in links if not (file.parent / link).exists()]
    assert missing == []


def test_every_runbook_that_a_dag_names_exists(project: Path) -> None:
    dags = sorted((project / "dags").glob("*.py"))
    assert dags
    named = {path for dag in dags for path in re.findall(r"docs/runbooks/\w+\.md", dag.read_text(encoding="utf-8"))}
    assert len(named) == len(dags)
    assert [path for path in named if not (project / path).exists()] == []


def test_the_files_that_start_first_exist(project: Path) -> None:
    text = (project / "tests" / "conftest.py").read_text(encoding="utf-8")
    named = re.findall(r'"(tests/[\w/]+\.py)"', text.split("_LONGEST = (")[1].split(")  # fmt")[0])
    assert len(named) >= 10
    assert [path for path in named if not (project / path).is_file()] == []
