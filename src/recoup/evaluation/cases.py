"""The made-up companies that an evaluation measures, and the code for which a kept figure counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from recoup.company import Company
from recoup.synthetic.profile import Profile, load_profile

Progress = Callable[[str], object]


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


def company_of(company: Company, profile: Profile) -> Company:
    """The company with the policy that the profile says it has: both sides go by the same parameters."""
    policy = {name: value for name, value in profile.policy.model_dump().items() if name != "promise_grace_days"}
    content = company.model_dump(by_alias=True, mode="json")
    return Company.model_validate(content | {"leakage": content.get("leakage", {}) | policy})


def database_of(case: Case, what: str) -> str:
    """Name of the warehouse database in which the case is measured for `what`."""
    return f"{what}_{hashlib.sha256(case.name.encode()).hexdigest()[:8]}"


def say(progress: Progress | None, case: str, text: str) -> None:
    """Tell how far a case is, where anybody listens."""
    if progress is not None:
        progress(f"{case}: {text}")


def state_of_the_code(project: Path, folders: Iterable[str]) -> str:
    """Digest of the code in these folders of the project."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".yml", ".yaml", ".csv") and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(project)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]
