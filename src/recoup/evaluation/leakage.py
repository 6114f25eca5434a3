"""Make companies with known leaks, run their day, and measure what is found: several profiles, several seeds.

Each company has databases of its own, which are dropped when it is measured. A finished company's figures are kept
until the code changes, so that a run that was cut goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

from recoup import pipeline, synthetic, warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.evaluation.comparison import CauseFigures, Comparison, Mismatch, compare
from recoup.settings import Settings
from recoup.synthetic.profile import Profile, load_profile

Progress = Callable[[str], object]
TO_MARTS = "build_marts"
TO_MONITORING = "build_monitoring"
_CODE = ("src/recoup", "dbt_project/models", "dbt_project/macros", "dbt_project/seeds")


@dataclass(frozen=True)
class Case:
    """One company to be made and measured."""

    profile: str
    seed: int
    customers: int
    months: int
    as_of_date: date

    @property
    def name(self) -> str:
        """A name that a file can bear."""
        profile = Path(self.profile).stem.replace(":", "-")
        return f"{profile}-seed-{self.seed}-{self.customers}x{self.months}-{self.as_of_date}"


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


def cases(
    profiles: Iterable[str], seeds: Iterable[int], customers: int, months: int, as_of_date: date
) -> tuple[Case, ...]:
    """Every profile with every seed.

    Raises:
        RecoupError: A profile does not exist or is wrong.
    """
    names = tuple(profiles)
    for name in names:
        load_profile(name)
    numbers = tuple(seeds)
    return tuple(Case(name, seed, customers, months, as_of_date) for name in names for seed in numbers)


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
            found = _measure(settings, case, with_scores, partial(_say, progress, told))
            file.write_text(json.dumps(asdict(found)), encoding="utf-8")
        done.append((case, found))
    return Evaluation(tuple(done))


def company_of(company: Company, profile: Profile) -> Company:
    """The company with the policy that the profile says it has: both sides go by the same parameters."""
    policy = {name: value for name, value in profile.policy.model_dump().items() if name != "promise_grace_days"}
    content = company.model_dump(by_alias=True, mode="json")
    return Company.model_validate(content | {"leakage": content.get("leakage", {}) | policy})


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


def database_of(case: Case, what: str) -> str:
    """Name of the warehouse database in which the case is measured for `what`."""
    return f"{what}_{hashlib.sha256(case.name.encode()).hexdigest()[:8]}"


def _say(progress: Progress | None, case: str, text: str) -> None:
    if progress is not None:
        progress(f"{case}: {text}")


def state_of_the_code(project: Path, folders: Iterable[str]) -> str:
    """Digest of the code in these folders of the project."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".yml", ".csv") and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(project)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _read(file: Path) -> Comparison:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Comparison(
        tuple(CauseFigures(**row) for row in content["causes"]),
        tuple(Mismatch(**row) for row in content["mismatches"]), content["has_scores"],
    )  # fmt: skip
