"""The page on the contact rules names, for every rule of the seed, tests that exist."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def table(project: Path) -> dict[str, list[str]]:
    """Rule id → what stands in backticks in its row."""
    page = (project / "docs" / "contact_rules.md").read_text(encoding="utf-8")
    section = page.partition("## Which tests hold which rule")[2]
    rows: dict[str, list[str]] = {}
    for line in re.findall(r"^\| ([A-Z][A-Z0-9_, ]+) \|(.+)\|$", section, flags=re.MULTILINE):
        for rule_id in line[0].split(", "):
            assert rule_id not in rows, f"{rule_id} stands twice"
            rows[rule_id] = re.findall(r"`([^`]+)`", line[1])
    return rows


def test_every_rule_of_the_seed_stands_in_the_table_and_no_other(project: Path, table: dict[str, list[str]]) -> None:
    with (project / "dbt_project" / "seeds" / "contact_rules.csv").open(encoding="utf-8", newline="") as file:
        rules = {row["rule_id"] for row in csv.DictReader(file)}
    assert len(rules) > 40
    assert set(table) == rules


def test_what_the_table_names_exists(project: Path, table: dict[str, list[str]]) -> None:
    content = (project / "dbt_project/models/policy/_policy__unit_tests.yml").read_text(encoding="utf-8")
    unit_tests = {test["name"] for test in yaml.safe_load(content)["unit_tests"]}
    figures = {"abandon_rate"}
    named = {name for names in table.values() for name in names} - figures
    assert {name for name in named if name not in unit_tests and not (project / name).is_file()} == set()
    assert all(names for names in table.values())
