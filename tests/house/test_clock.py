"""Nothing below the command line and the DAGs asks what time it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

# The edge: where a person or Airflow says "now".
EDGE = ("src/recoup/cli", "src/recoup/airflow_runtime/demo.py", "dags/", "plugins/", "tests/", "bench/")
CALLS = {
    "date.today", "datetime.today", "datetime.now", "datetime.utcnow", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "time.strftime", "Timestamp.now", "Timestamp.today", "Timestamp.utcnow",
    "pendulum.now", "pendulum.today",
}  # fmt: skip
SQL_CLOCK = re.compile(
    r"\b(?:now\s*\(\s*\)|current_date\b|current_timestamp\b|current_time\b|localtimestamp\b|"
    r"transaction_timestamp\s*\(|statement_timestamp\s*\(|run_started_at\b)",
    re.IGNORECASE,
)
# When a log row was written is the log's own business, not the day's.
LOG_CLOCK = re.compile(r"clock_timestamp\s*\(", re.IGNORECASE)
LOGS = re.compile(
    r"(?:finished|updated|confirmed|released)_at = clock_timestamp\(\)|default clock_timestamp\(\)", re.IGNORECASE
)


def clock_reads(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if f"{name}.{node.func.attr}" in CALLS:
                found.append(f"line {node.lineno}: {name}.{node.func.attr}()")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            match = SQL_CLOCK.search(node.value)
            if match and re.search(r"\b(?:select|insert|update|delete|where|values)\b", node.value, re.IGNORECASE):
                found.append(f"line {node.lineno}: {match.group()} in SQL")
    return found


def sql_clock_reads(text: str) -> list[str]:
    without_comments = re.sub(r"--[^\n]*|\{#.*?#\}|/\*.*?\*/", "", text, flags=re.DOTALL)
    without_logs = LOGS.sub("", without_comments)
    return [*SQL_CLOCK.findall(without_logs), *LOG_CLOCK.findall(without_logs)]


def test_no_module_reads_the_clock(trees: dict[Path, ast.Module]) -> None:
    below = {file: tree for file, tree in trees.items() if not file.as_posix().startswith(EDGE)}
    assert len(below) > 20
    found = {str(file): reads for file, tree in below.items() if (reads := clock_reads(tree))}
    assert found == {}


def test_no_model_reads_the_clock(model_files: list[Path], project: Path) -> None:
    found = {
        str(file.relative_to(project)): reads
        for file in model_files
        if (reads := sql_clock_reads(file.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_no_table_or_function_of_ours_reads_the_clock_but_for_its_log(project: Path) -> None:
    files = sorted((project / "src/recoup/warehouse/ddl").glob("*.sql"))
    assert files
    found = {file.name: reads for file in files if (reads := sql_clock_reads(file.read_text(encoding="utf-8")))}
    assert found == {}


def test_the_guard_sees_a_clock_read() -> None:
    reads = clock_reads(ast.parse('import datetime as dt\nx = dt.date.today()\nq = "select now() from t"'))
    assert len(reads) == 2
    assert sql_clock_reads("select current_date from t") == ["current_date"]
    assert sql_clock_reads("select 1 -- not current_date\n") == []
