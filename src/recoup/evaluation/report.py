"""What an evaluation found, as a table on the screen, as Markdown for the documents, and as JSON for machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from recoup.evaluation.comparison import IN_MONITORING, CauseFigures
from recoup.evaluation.leakage import Evaluation

COLUMNS = (
    "cause", "leaks", "lookalikes", "undecided", "found", "named", "missed", "false", "precision", "recall",
    "precision, amount", "recall, amount", "amount error",
)  # fmt: skip


def rows(figures: tuple[CauseFigures, ...]) -> list[tuple[str, ...]]:
    """One row a cause, none left out; a ratio without a denominator is a dash."""
    return [
        (
            f.cause, f"{f.leaks:,}", f"{f.innocents:,}", f"{f.undecided:,}", f"{f.found:,}", f"{f.named:,}",
            f"{f.leaks - f.found - f.named:,}", f"{f.false_on_innocents + f.false_elsewhere:,}", _ratio(f.precision),
            _ratio(f.recall), _ratio(f.amount_precision), _ratio(f.amount_recall), _ratio(f.amount_error),
        )
        for f in figures
    ]  # fmt: skip


def remarks(evaluation: Evaluation) -> list[str]:
    """What a reader must know of these figures: causes without occasion, too few lookalikes, no score."""
    said = []
    unscored = sum(not found.has_scores for _, found in evaluation.cases)
    for f in evaluation.total:
        if f.cause == IN_MONITORING and unscored == len(evaluation.cases):
            continue
        if f.leaks == 0:
            said.append(f"{f.cause}: no leak of it arose in these companies.")
        elif f.innocents <= f.leaks:
            said.append(f"{f.cause}: its {f.innocents:,} lookalikes do not outnumber its {f.leaks:,} leaks.")
    if unscored:
        said.append(
            f"{IN_MONITORING}: not looked for in {unscored} of {len(evaluation.cases)} companies, without scores."
        )
    return said


def as_markdown(evaluation: Evaluation, command: str) -> str:
    """Tables of all companies together and of each."""
    first = evaluation.cases[0][0]
    parts = [
        f"{len(evaluation.cases)} companies of {first.customers:,} customers and {first.months} months, "
        f"as of {first.as_of_date}: `{command}`",
        "",
        *_table(evaluation.total),
        "",
        *(f"* {remark}" for remark in remarks(evaluation)),
    ]
    for case, found in evaluation.cases:
        parts += ["", f"### {case.profile}, seed {case.seed}", "", *_table(found.causes)]
    return "\n".join(parts) + "\n"


def as_json(evaluation: Evaluation, command: str) -> str:
    """Everything, mismatches with their keys included."""
    content: dict[str, Any] = {
        "command": command,
        "total": [figures.as_record() for figures in evaluation.total],
        "remarks": remarks(evaluation),
        "companies": [
            {
                "case": asdict(case) | {"as_of_date": case.as_of_date.isoformat()},
                "causes": [figures.as_record() for figures in found.causes],
                "mismatches": [asdict(mismatch) for mismatch in found.mismatches],
            }
            for case, found in evaluation.cases
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def _table(figures: tuple[CauseFigures, ...]) -> list[str]:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows(figures)]


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
