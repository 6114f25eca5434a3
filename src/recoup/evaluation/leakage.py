"""Make companies with known leaks, run their day, and measure what is found: several profiles, several seeds.

Each company has databases of its own, which are dropped when it is measured. A finished company's figures are kept
until the code changes, so that a run that was cut goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

from recoup import pipeline, synthetic, warehouse
from recoup.day import Day
from recoup.evaluation.cases import Case, Progress, company_of, database_of, say, state_of_the_code
from recoup.evaluation.comparison import CauseFigures, Comparison, Mismatch, compare
from recoup.settings import Settings
from recoup.synthetic.profile import load_profile

TO_MARTS = "build_marts"
TO_MONITORING = "build_monitoring"
_CODE = ("src/recoup", "dbt_project/models", "dbt_project/macros", "dbt_project/seeds")


@dataclass(frozen=True)
class Evaluation:
    """Figures of every case, and of all together."""

    cases: tuple[tuple[Case, Comparison], ...]

    @property
    def total(self) -> tuple[CauseFigures, ...]:
        """All cases together, cause by cause."""
        return tuple(
            reduce(add, figures) for figures in zip(*(found.causes for _, found in self.cases), strict=True)
        )  # fmt: skip


def evaluate_leakage(
    settings: Settings, chosen: Iterable[Case], *, with_scores: bool = False, fresh: bool = False,
    progress: Progress | None = None,
) -> Evaluation:  # fmt: skip
    """Measure each case in databases of its own.

    Args:
        with_scores: Run the whole day, so that the cause that needs a score is measured too.
        fresh: Measure again what has been measured with this very code.

    Raises:
        RecoupError: A stage of some company failed in a way that the user can mend.
    """
    kept = settings.home / "evaluation" / "leakage" / state_of_the_code(settings.project_dir, _CODE)
    kept.mkdir(parents=True, exist_ok=True)
    done = []
    for number, case in enumerate(all_cases := tuple(chosen), 1):
        file = kept / f"{case.name}{'-scored' if with_scores else ''}.json"
        told = f"company {number} of {len(all_cases)}: {case.profile}, seed {case.seed}"
        if file.exists() and not fresh:
            found = _read(file)
        else:
            found = _measure(settings, case, with_scores, partial(say, progress, told))
            file.write_text(json.dumps(asdict(found)), encoding="utf-8")
        done.append((case, found))
    return Evaluation(tuple(done))


def _measure(settings: Settings, case: Case, with_scores: bool, tell: Callable[[str], None]) -> Comparison:
    own = replace(
        settings, database=database_of(case, "leakage"),
        company=company_of(settings.company, load_profile(case.profile)),
    )  # fmt: skip
    day = Day.closing(case.as_of_date, own.company.time_zone)
    try:
        tell("making the company")
        synthetic.create(own, case.as_of_date, case.customers, case.months, case.profile, case.seed)
        for stage in pipeline.stages_between(last=TO_MONITORING if with_scores else TO_MARTS):
            tell(stage.name)
            pipeline.run_stage(stage.name, day, own)
        tell("comparing")
        return compare(own, case.as_of_date)
    finally:
        warehouse.drop(own)


def _read(file: Path) -> Comparison:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Comparison(
        tuple(CauseFigures(**row) for row in content["causes"]),
        tuple(Mismatch(**row) for row in content["mismatches"]), content["has_scores"],
    )  # fmt: skip
