"""Personal data lives in the vault alone; what BI and models read names nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from recoup.entities import ENTITIES

READ_BY_MANY = ("marts", "features", "policy", "monitoring", "intermediate", "staging")
TELLING = re.compile(
    r"(?:^|_)(?:full_name|first_name|last_name|surname|address|street|phone|phone_number|email|e_mail|birth_date|"
    r"date_of_birth|birth_year|birth_decade|ssn|tax_id|iban)(?:_|$)"
)
# The year of birth is a fact of the person that rules on minors need; no model input and no mart may hold it.
ALLOWED = {("staging", "birth_year"), ("intermediate", "birth_year")}


def documented_columns(project: Path) -> list[tuple[str, str, str]]:
    found = []
    for file in sorted((project / "dbt_project" / "models").rglob("*.yml")):
        layer = file.relative_to(project / "dbt_project" / "models").parts[0]
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        found += [
            (layer, model["name"], column["name"])
            for model in content.get("models", [])
            for column in model.get("columns", [])
        ]
    assert len(found) > 50, "hardly any documented columns found"
    assert "marts" in {layer for layer, _, _ in found}
    return found


def personal_columns() -> set[str]:
    named = {column.name for entity in ENTITIES for column in entity.columns if column.personal}
    assert named, "the entities name no personal column"
    return named


def test_no_model_that_is_read_by_many_has_a_personal_column(project: Path) -> None:
    personal = personal_columns()
    found = [
        f"{layer}: {model}.{column}"
        for layer, model, column in documented_columns(project)
        if layer in READ_BY_MANY and (column in personal or TELLING.search(column)) and (layer, column) not in ALLOWED
    ]
    assert found == []


def test_no_model_reads_the_vault(model_files: list[Path], project: Path) -> None:
    found = [
        str(file.relative_to(project))
        for file in model_files
        if re.search(r"\bvault\b\s*[.'\"]", file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_guard_knows_a_telling_column() -> None:
    assert [name for name in ("full_name", "phone_number", "home_address") if not TELLING.search(name)] == []
    assert [name for name in ("account_id", "addressed_on", "area_code", "plan_name") if TELLING.search(name)] == []
