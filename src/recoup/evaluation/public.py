"""The models against public data sets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from recoup.errors import RecoupError
from recoup.evaluation.training_code import training_code
from recoup.settings import Settings

REMARKS = (
    "Par: plain LightGBM, untuned, without columns that are known only afterwards.",
    "¹ Moro, Cortez, Rita 2014 (doi 10.1016/j.dss.2014.03.001), on a larger private version.",
    "² A T-learner; the response model learns who visits among the mailed. Intervals: 95 %, bootstrap over customers.",
    "Which rows par's time split of ibm_ar judged is not told.",
    "Impact by group is reported only: no model knows SEX, EDUCATION, MARRIAGE or AGE.",
)


def data_directory(named: Path | None, settings: Settings) -> Path:
    """The directory of the public data sets: as named, else RECOUP_DATA_DIR, else ../shared/data of the project.

    Raises:
        RecoupError: It is not there.
    """
    directory = named or Path(os.environ.get("RECOUP_DATA_DIR") or settings.project_dir.parent / "shared" / "data")
    if not directory.is_dir():
        raise RecoupError(
            f"There is no directory {directory} of public data sets: put them there, or name theirs with --data or "
            "RECOUP_DATA_DIR."
        )
    return directory


def evaluate_public(directory: Path, settings: Settings, progress: Callable[[str], None]) -> list[dict[str, str]]:
    """Measure the installed training code; a mapping of column to text for each line of the table, at least one.

    Raises:
        RecoupError: It is not installed, or what it raises.
    """
    rows: list[dict[str, str]] = training_code("public")(directory, settings, progress)
    return rows


def as_markdown(rows: list[dict[str, str]]) -> str:
    """The table and its remarks."""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([row[name] for name in columns] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "".join(f"\n{remark}\n" for remark in REMARKS)
