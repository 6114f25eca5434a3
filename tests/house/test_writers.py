"""Each schema has one writer, in the code as in the database's grants."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

SCHEMAS = (
    "raw_ledger", "raw_contact", "vault", "staging", "intermediate", "marts", "features", "policy", "monitoring",
    "scores", "lists", "gate", "audit",
)  # fmt: skip
# The code that may write a schema; everything that dbt builds is written by dbt alone.
WRITERS = {
    "raw_ledger": ("src/recoup/landing/",),
    "raw_contact": ("src/recoup/landing/",),
    "vault": ("src/recoup/landing/",),
    "scores": ("ml/recoup_ml/",),
    "lists": ("src/recoup/publishing", "src/recoup/handover/"),
    # Nobody: what the dialers call writes there itself, with its owner's rights.
    "gate": (),
    "audit": (
        "expectations/recoup_audit/",
        "src/recoup/alerting.py",
        "src/recoup/cutoffs.py",
        "src/recoup/run_ledger.py",
    ),
}
WRITES = re.compile(
    rf"\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?|merge\s+into|copy|create\s+table(?:\s+if\s+not\s+exists)?|"
    rf"alter\s+table|drop\s+table(?:\s+if\s+exists)?)\s+(?:only\s+)?({'|'.join(SCHEMAS)})\.",
    re.IGNORECASE,
)


def written(tree: ast.AST) -> set[str]:
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {schema.lower() for text in texts for schema in WRITES.findall(text)}


def test_only_its_writer_writes_a_schema(trees: dict[Path, ast.Module]) -> None:
    ours = {
        file.as_posix(): tree for file, tree in trees.items() if file.parts[0] in ("src", "ml", "expectations", "dags")
    }
    writes = {file: schemas for file, tree in ours.items() if (schemas := written(tree))}
    assert writes, "the guard sees no write at all"
    strangers = {
        file: schema
        for file, schemas in writes.items()
        for schema in schemas
        if not file.startswith(WRITERS.get(schema, ()) or ("nobody",))
    }
    assert strangers == {}


def test_dbt_writes_its_own_schemas_only(project: Path, model_files: list[Path]) -> None:
    content = yaml.safe_load((project / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    schemas = set(re.findall(r"'\+?schema': '(\w+)'", str(content)))
    assert schemas
    assert schemas <= {"staging", "intermediate", "marts", "features", "policy", "monitoring"}
    found = [str(file.relative_to(project)) for file in model_files if WRITES.search(file.read_text(encoding="utf-8"))]
    assert found == []


def test_the_guard_sees_a_write() -> None:
    assert written(ast.parse('x = "insert into lists.contact_priority values (1)"')) == {"lists"}
    assert written(ast.parse('x = "select * from lists.contact_priority"')) == set()


def test_what_dialers_may_call_runs_with_its_owners_rights_and_a_pinned_search_path(project: Path) -> None:
    ddl = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((project / "src" / "recoup" / "warehouse" / "ddl").glob("*gate*.sql"))
    )
    granted = re.findall(r"grant execute on function gate\.(\w+)\([^)]*\) to (\w+)", ddl)
    assert {name for name, role in granted if role == "recoup_dialer"} == {
        "contact_check", "confirm_reservation", "release_reservation",
    }  # fmt: skip
    assert {role for name, role in granted if name == "judge"} == {"recoup_auditor"}
    for name, _ in granted:
        header = re.search(rf"create or replace function gate\.{name}\(.*?\bas \$\$", ddl, re.DOTALL)
        assert header
        assert "security definer" in header.group()
        assert "set search_path = pg_catalog, pg_temp" in header.group()
    assert not re.search(r"grant (?:select|insert|update|delete|all)\b", ddl)
