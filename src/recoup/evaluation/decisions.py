"""Make companies whose people are known, run their day up to the proposed list, and judge what it decides.

Nobody is held back by an experiment, and no hour is full: what is judged is the decision, not its rationing. The models
learn, as ever, from the randomized arms that the company's log holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from recoup import pipeline, synthetic, warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.evaluation.cases import Case, Progress, company_of, database_of, say, state_of_the_code
from recoup.evaluation.decision_data import Observed, observe, read_truth
from recoup.evaluation.learnable import learn, with_learnt
from recoup.settings import Settings
from recoup.synthetic.profile import load_profile
from recoup.synthetic.responses import write_responses

LAST_STAGE = "propose_lists"
HORIZON_DAYS = 14
"""The horizon of ml/params.yaml: the cash that counts comes within it."""
LIVES = 60
"""Lives in each half: the true uplift of a fifth of 300 accounts is then known to a few hundredths."""
AGENTS = 100_000
_CODE = ("src/recoup", "ml", "dbt_project/models", "dbt_project/macros", "dbt_project/seeds")


@dataclass(frozen=True)
class Judged:
    """One company and what was observed of it."""

    case: Case
    observed: Observed


def evaluate_decisions(
    settings: Settings, chosen: Iterable[Case], *, lives: int = LIVES, with_oracle: bool = True, fresh: bool = False,
    keep: bool = False, progress: Progress | None = None,
) -> tuple[Judged, ...]:  # fmt: skip
    """Observe each case in databases of its own.

    Args:
        lives: How often the days of the horizon are lived, in each half, for the true response of every account.
        with_oracle: Find out for each profile, too, what can be learnt: see `learnable`.
        fresh: Observe again what has been observed with this very code.
        keep: Leave the databases standing.

    Raises:
        RecoupError: A stage of some company failed in a way that the user can mend.
    """
    kept = settings.home / "evaluation" / "decisions" / state_of_the_code(settings.project_dir, _CODE)
    kept.mkdir(parents=True, exist_ok=True)
    done = []
    oracles: dict[str, Any] = {}
    for number, case in enumerate(all_cases := tuple(chosen), 1):
        file = kept / f"{case.name}-{lives}{'-learnt' if with_oracle else ''}"
        told = f"company {number} of {len(all_cases)}: {case.profile}, seed {case.seed}"
        if file.with_suffix(".json").exists() and not fresh:
            found = _read(file)
        else:
            tell = partial(say, progress, told)
            found = _observe(settings, case, lives, keep, tell)
            if with_oracle:
                if case.profile not in oracles:
                    oracles[case.profile] = learn(case, settings, HORIZON_DAYS, tell)
                found = with_learnt(found, case, settings, oracles[case.profile])
            _write(found, file)
        done.append(Judged(case, found))
    return tuple(done)


def company_without_rationing(company: Company, case: Case) -> Company:
    """The case's company: everybody is treated, and there are agents for all."""
    chosen = company_of(company, load_profile(case.profile))
    experiment = chosen.experiment.model_copy(update={"control_share": 0.0, "explore_share": 0.0})
    contact = chosen.contact.model_copy(update={"agents": AGENTS})
    return chosen.model_copy(update={"experiment": experiment, "contact": contact})


def _observe(settings: Settings, case: Case, lives: int, keep: bool, tell: Callable[[str], None]) -> Observed:
    own = replace(
        settings, database=database_of(case, "decisions"), company=company_without_rationing(settings.company, case)
    )
    day = Day.closing(case.as_of_date, own.company.time_zone)
    try:
        tell("making the company")
        synthetic.create(own, case.as_of_date, case.customers, case.months, case.profile, case.seed)
        for stage in pipeline.stages_between(last=LAST_STAGE):
            tell(stage.name)
            pipeline.run_stage(stage.name, day, own)
        tell("living on, with and without a contact")
        write_responses(own, HORIZON_DAYS, lives)
        return observe(own, day, *read_truth(own))
    finally:
        if not keep:
            warehouse.drop(own)


def _write(found: Observed, file: Path) -> None:
    found.slots.to_parquet(file.with_suffix(".slots.parquet"))
    found.accounts.to_parquet(file.with_suffix(".accounts.parquet"))
    # Written last: it says that all is there.
    file.with_suffix(".json").write_text(json.dumps({"seconds": found.seconds}), encoding="utf-8")


def _read(file: Path) -> Observed:
    content = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    silent, talk = content["seconds"]
    return Observed(
        pd.read_parquet(file.with_suffix(".slots.parquet")), pd.read_parquet(file.with_suffix(".accounts.parquet")),
        (silent, talk),
    )  # fmt: skip
