"""The second oracle of an evaluation of decisions: what our learners would find with fifty times the people.

A company of the same profile, fifty times the customers and another seed is lived in memory. At a few days near its
end every account past due is described by what a careful observer knew (`observables`), and the same days are lived on
with and without a contact, so that the label is what the contact truly adds. The training code learns from those pairs
and from that company's calls. Held against the judged company it may use what was observed there, and no truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from recoup.evaluation.cases import Case
from recoup.evaluation.decision_data import Observed
from recoup.evaluation.observables import lived
from recoup.evaluation.training_code import training_code
from recoup.settings import Settings
from recoup.synthetic.profile import load_profile
from recoup.synthetic.responses import responses
from recoup.synthetic.rows import numbers

TIMES = 50
SEED = 1_000_003
"""Of the large company; no judged one has it."""
DAYS_BEFORE = (0, 9, 19)
LIVES = 2


def learn(case: Case, settings: Settings, horizon_days: int, tell: Callable[[str], None]) -> Any:
    """What can be learnt of companies like this one: the training code's oracle, with `chance` and `added`.

    Raises:
        RecoupError: The training code is not installed.
    """
    learner = training_code("decisions")
    tell(f"living a company {TIMES} times as large")
    described, added, calls = [], [], pd.DataFrame()
    on_days = {case.as_of_date - timedelta(days=days) for days in DAYS_BEFORE}
    for on, observer in _lived(case, settings, SEED, TIMES * case.customers):
        if on in on_days:
            accounts = observer.describe()
            answered = responses(observer.world, horizon_days, LIVES)
            if not np.array_equal(answered.accounts, accounts["account"]):
                raise RuntimeError("the accounts described are not those whose responses were lived")
            described.append(accounts)
            added.append(answered.cash[:, 1] - answered.cash[:, 0])
        if on == case.as_of_date:
            calls = observer.calls()
    tell("learning from it")
    return learner(pd.concat(described, ignore_index=True), np.concatenate(added), calls, settings)


def with_learnt(observed: Observed, case: Case, settings: Settings, oracle: Any) -> Observed:
    """The judged company's rows with `learnt` (a slot's chance) and `learnt_uplift` (minor units an account)."""
    *_, (_, observer) = _lived(case, settings, case.seed, case.customers)
    called_on = pd.Timestamp(case.as_of_date + timedelta(days=1))
    points = numbers(observed.slots["contact_point_id"])
    kinds = observer.kinds(points)
    queries = pd.DataFrame({
        "point_key": points, "person_key": observer.world.points.person[points], "point_type": kinds,
        "called_on": called_on, "local_hour": observed.slots["local_hour"].to_numpy(),
        "local_weekday": called_on.isoweekday(),
    })  # fmt: skip
    slots = observed.slots.assign(learnt=oracle.chance(queries, observer.calls()))
    accounts = observer.describe()
    uplift = pd.Series(oracle.added(accounts), index=accounts["account"])
    return replace(
        observed, slots=slots,
        accounts=observed.accounts.assign(
            learnt_uplift=uplift.reindex(numbers(observed.accounts["account_id"])).to_numpy()
        ),
    )  # fmt: skip


def _lived(case: Case, settings: Settings, seed: int, customers: int) -> Any:
    return lived(load_profile(case.profile), seed, customers, case.months, case.as_of_date, settings.company.time_zone)
