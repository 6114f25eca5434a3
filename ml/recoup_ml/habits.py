"""When people answer: a few habits of answering that nobody states, and how sure each person's calls make us of theirs.

A person has one of a few habits (a chance of answering by hour, on weekdays and on weekends), answers more or less
than its average, and has contact points of which some never reach them. Habits are learnt from all calls by EM; a
person's own are the posterior from their calls alone. So a new person is the average of all habits, one evening answer
moves them some way toward the evening people, and ten calls decide. The hours that the company chose do not bend it:
a call that was not made says nothing, whoever it was not made to.

A call counts whole for `half_after_days`, half until `forgotten_after_days`, then not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup_ml.params import Habits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIRST_HOUR, HOURS = 8, 13
CELLS = 2 * HOURS
SATURDAY = 6
_SILENT = 0.002  # a number that never reaches anybody still counts as right party now and then: somebody's slip
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class HabitModel:
    """Habits learnt from calls.

    Attributes:
        chance: float64 (habits, CELLS): right-party share by hour 8..20 on weekdays, then on weekends.
        share: float64 (habits,): how many people have each.
        levels, level_share: float64 (levels,): how much more or less a person answers than the habit, and how many do.
        point_factor: Type of contact point → factor on the chance; unknown types 1.
        silent_share: Share of contact points that never reach their person.
    """

    chance: Floats
    share: Floats
    levels: Floats
    level_share: Floats
    point_factor: dict[str, float]
    silent_share: float
    half_after_days: int
    forgotten_after_days: int

    def predict(self, queries: pd.DataFrame, calls: pd.DataFrame) -> Floats:
        """P(right party) of each query from the calls before its day alone.

        Args:
            queries: person_key, point_key, point_type, called_on (datetime64), local_hour, local_weekday (ISO).
            calls: As `events_of` takes them.

        Returns:
            float64 (n,) in (0, 1), row-aligned with `queries`.
        """
        if queries.empty:
            return np.empty(0)
        spread = self._spread(queries["point_type"])
        person_weight, alive = self._beliefs(queries, calls)
        cell = cells(queries["local_hour"], queries["local_weekday"])
        # (n, habits): the chance at this hour were the habit known, the belief in each (habit, level) as weight
        belief = person_weight * alive
        by_habit = belief.reshape(len(queries), len(self.share), len(self.levels)) @ self.levels
        found = (by_habit * self.chance[:, cell].T).sum(axis=1) * spread
        return np.clip(found, 0.0005, 0.95)

    def _beliefs(self, queries: pd.DataFrame, calls: pd.DataFrame) -> tuple[Floats, Floats]:
        """P(habit, level) of the person, and P(the point reaches them | habit, level), each (n, states)."""
        prior = np.log(np.outer(self.share, self.level_share).reshape(-1))
        events = events_of(calls, self.half_after_days, self.forgotten_after_days)
        states = prior.size
        n = len(queries)
        if events.empty:
            return np.tile(np.exp(prior), (n, 1)), np.full((n, states), 1 - self.silent_share)
        point_codes, points = pd.factorize(events["point_key"])
        person_codes, persons = pd.factorize(events["person_key"])
        days = _days(events["on_date"])
        order = np.lexsort((days, point_codes))
        point_codes, person_codes, days = point_codes[order], person_codes[order], days[order]
        speaks, silent = self._log_likelihoods(events.iloc[order])
        speaks, silent = _running(speaks, point_codes), _running(silent[:, None], point_codes)
        after = self._of_point(speaks, silent)
        starts = np.r_[True, point_codes[1:] != point_codes[:-1]]
        change = after.copy()
        change[1:] -= np.where(starts[1:, None], 0.0, after[:-1])
        by_person = np.lexsort((days, person_codes))
        told = _running(change[by_person], person_codes[by_person])

        asked = _days(queries["called_on"])
        person_row = _last_before(person_codes[by_person], days[by_person], persons, queries["person_key"], asked)
        point_row = _last_before(point_codes, days, points, queries["point_key"], asked)
        weight = prior + np.where(person_row[:, None] >= 0, told[np.maximum(person_row, 0)], 0.0)
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        spoke = np.where(point_row[:, None] >= 0, speaks[np.maximum(point_row, 0)], 0.0)
        never = np.where(point_row[:, None] >= 0, silent[np.maximum(point_row, 0)], 0.0)
        return weight, np.exp(np.log(1 - self.silent_share) + spoke - self._of_point(spoke, never))

    def _of_point(self, speaks: Floats, silent: Floats) -> Floats:
        """Log-likelihood of a point's calls, whether it reaches the person or not, (n, states)."""
        return np.logaddexp(np.log(1 - self.silent_share) + speaks, np.log(self.silent_share) + silent)

    def _log_likelihoods(self, events: pd.DataFrame) -> tuple[Floats, Floats]:
        """Of each event: were it a point that reaches its person, (n, states), and one that never does, (n,)."""
        cell = cells(events["local_hour"], events["local_weekday"])
        chance = (self.chance[:, None, :] * self.levels[None, :, None]).reshape(-1, CELLS)[:, cell].T
        chance = np.clip(chance * self._spread(events["point_type"])[:, None], 0.0005, 0.95)
        attempts, answered = _numbers(events["attempts"]), _numbers(events["right_parties"])
        spoken = answered[:, None] * np.log(chance) + (attempts - answered)[:, None] * np.log1p(-chance)
        return spoken, answered * np.log(_SILENT) + (attempts - answered) * np.log1p(-_SILENT)

    def _spread(self, point_type: pd.Series) -> Floats:
        return point_type.astype("str").map(self.point_factor).fillna(1.0).to_numpy(dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same model back to the bit."""
        return {
            "chance": self.chance.tolist(), "share": self.share.tolist(), "levels": self.levels.tolist(),
            "level_share": self.level_share.tolist(), "point_factor": self.point_factor,
            "silent_share": self.silent_share, "half_after_days": self.half_after_days,
            "forgotten_after_days": self.forgotten_after_days,
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> HabitModel:
        """The model that `to_json` wrote."""
        arrays = {name: np.array(content[name]) for name in ("chance", "share", "levels", "level_share")}
        return cls(**{**content, **arrays})


def fit_habits(calls: pd.DataFrame, params: Habits, *, by_hour: bool = True) -> HabitModel:
    """Learn the habits by EM; the same calls give the same model.

    Args:
        calls: As `events_of` takes them: what became known and was taken back adds up.
        by_hour: False = one chance for all hours of a habit: people who answer more or less, at no hour of their own.
    """
    cell = cells(calls["local_hour"], calls["local_weekday"])
    point, points = pd.factorize(calls["point_key"])
    first = np.unique(point, return_index=True)[1]
    owner, _ = pd.factorize(calls["person_key"].iloc[first])
    kind = calls["point_type"].astype("str").iloc[first].to_numpy()
    called, answered = (
        np.bincount(point * CELLS + cell, weights=_numbers(calls[name]), minlength=len(points) * CELLS)
        .reshape(-1, CELLS).clip(min=0)
        for name in ("attempts", "right_parties")
    )  # fmt: skip
    answered = np.minimum(answered, called)
    levels, level_share = _levels(params)
    overall = (answered.sum() + 1) / (called.sum() + 20)
    usual = _smoothed(answered.sum(axis=0), called.sum(axis=0), np.full(CELLS, overall), params, by_hour)
    chance = np.clip(_starting_shapes(params.count, by_hour) * usual, 0.002, 0.9)
    model = HabitModel(
        chance, np.full(len(chance), 1 / len(chance)), levels, level_share, dict.fromkeys(sorted(set(kind)), 1.0), 0.05,
        params.half_after_days, params.forgotten_after_days,
    )  # fmt: skip
    for _ in range(params.rounds if len(calls) else 0):
        model = _better(model, called, answered, owner, kind, usual, params, by_hour)
    return model


def _better(
    model: HabitModel, called: Floats, answered: Floats, owner: Ints, kind: npt.NDArray[Any], usual: Floats,
    params: Habits, by_hour: bool,
) -> HabitModel:  # fmt: skip
    """One round of EM."""
    habits, n_levels = len(model.share), len(model.levels)
    factor = np.array([model.point_factor[name] for name in kind])
    of_state = (model.chance[:, None, :] * model.levels[None, :, None]).reshape(-1, CELLS)
    speaks = np.empty((len(called), len(of_state)))
    for name, value in model.point_factor.items():
        rows = kind == name
        chance = np.clip(of_state * value, 0.0005, 0.95)
        speaks[rows] = answered[rows] @ np.log(chance).T + (called[rows] - answered[rows]) @ np.log1p(-chance).T
    total, yes = called.sum(axis=1), answered.sum(axis=1)
    silent = (yes * np.log(_SILENT) + (total - yes) * np.log1p(-_SILENT))[:, None]
    of_point = model._of_point(speaks, silent)
    weight = np.tile(np.log(np.outer(model.share, model.level_share).reshape(-1)), (owner.max() + 1, 1))
    np.add.at(weight, owner, of_point)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    alive = np.exp(np.log(1 - model.silent_share) + speaks - of_point)
    belief = weight[owner] * alive
    by_habit = belief.reshape(-1, habits, n_levels)
    exposure = (by_habit @ model.levels) * factor[:, None]
    seen, could = by_habit.sum(axis=2).T @ answered, exposure.T @ called
    expected = exposure @ model.chance
    point_factor = {}
    for name in model.point_factor:
        rows = kind == name
        due = float((expected[rows] * called[rows]).sum()) / model.point_factor[name]
        got = float((by_habit.sum(axis=2)[rows].sum(axis=1) * yes[rows]).sum())
        point_factor[name] = (got + params.prior_attempts * usual.mean()) / (due + params.prior_attempts * usual.mean())
    # The most frequent type is the measure of the others, or factor and chance could grow against each other.
    measure = point_factor[max(point_factor, key=lambda name: float(total[kind == name].sum()))]
    share = weight.reshape(-1, habits, n_levels).sum(axis=2).mean(axis=0)
    chance = np.stack([
        _smoothed(seen[k], could[k], usual * (seen[k].sum() + 1) / (could[k] @ usual + 1), params, by_hour)
        for k in range(habits)
    ])  # fmt: skip
    return HabitModel(
        np.clip(chance, 0.002, 0.9), (share + 0.002) / (share + 0.002).sum(), model.levels, model.level_share,
        {name: value / measure for name, value in point_factor.items()},
        float(np.clip(((1 - alive) * weight[owner]).sum(axis=1).mean(), 0.001, 0.5)),
        model.half_after_days, model.forgotten_after_days,
    )  # fmt: skip


def events_of(calls: pd.DataFrame, half_after_days: int, forgotten_after_days: int) -> pd.DataFrame:
    """What each call adds to the evidence, and what it takes away again as it grows old.

    Args:
        calls: person_key, point_key, point_type, on_date (datetime64: happened and known), local_hour, local_weekday
            (ISO), attempts, right_parties (−1 where a version is taken back).

    Returns:
        The same columns, three rows a call.
    """
    parts = [calls]
    for days in (half_after_days, forgotten_after_days):
        parts.append(
            calls.assign(
                on_date=calls["on_date"] + days * _DAY, attempts=-0.5 * calls["attempts"],
                right_parties=-0.5 * calls["right_parties"],
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def cells(local_hour: pd.Series, local_weekday: pd.Series) -> Ints:
    """Position in a habit's curve: hour 8..20 (others as the nearest) of a weekday, then of a weekend. int64 (n,)."""
    hour = np.clip(pd.to_numeric(local_hour).to_numpy(dtype=np.int64), FIRST_HOUR, FIRST_HOUR + HOURS - 1) - FIRST_HOUR
    return hour + HOURS * (pd.to_numeric(local_weekday).to_numpy(dtype=np.int64) >= SATURDAY)


def _levels(params: Habits) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes of a lognormal factor with mean 1."""
    nodes, share = np.polynomial.hermite_e.hermegauss(params.levels)
    levels, share = np.exp(params.level_sd * nodes), share / share.sum()
    return levels / (levels @ share), share


def _starting_shapes(count: int, by_hour: bool) -> Floats:
    """Factors on the usual curve that EM starts from: people of one part of the day each, (count, CELLS)."""
    if not by_hour:
        return np.repeat(np.geomspace(0.25, 3.0, count)[:, None], CELLS, axis=1)
    hours = np.arange(HOURS)
    peaks = np.linspace(0, HOURS - 1, count - 2)
    shapes = [np.tile(0.5 + 2.5 * np.exp(-0.5 * ((hours - peak) / 2.0) ** 2), 2) for peak in peaks]
    weekend = np.r_[np.full(HOURS, 0.5), np.full(HOURS, 2.5)]
    return np.stack([*shapes, weekend, np.full(CELLS, 0.3)])


def _smoothed(seen: Floats, called: Floats, usual: Floats, params: Habits, by_hour: bool) -> Floats:
    """Rate of each hour, with a part of its neighbours' calls and pulled to `usual` by `prior_attempts`."""
    if not by_hour:
        level = (seen.sum() + params.prior_attempts * usual.mean()) / (called.sum() + params.prior_attempts)
        return np.full(CELLS, level)
    yes, all_calls = (_with_neighbours(values.reshape(2, HOURS), params.neighbour_weight) for values in (seen, called))
    # weekday and weekend lend each other a little: a weekend alone has few calls
    prior = params.prior_attempts
    return ((yes + prior * usual.reshape(2, HOURS)) / (all_calls + prior)).reshape(-1)


def _with_neighbours(values: Floats, weight: float) -> Floats:
    padded = np.pad(values, ((0, 0), (2, 2)))
    near = padded[:, 1:-3] + padded[:, 3:-1]
    far = padded[:, :-4] + padded[:, 4:]
    return values + weight * near + weight**3 * far


def _running(values: Floats, group: Ints) -> Floats:
    """Cumulative sum within each group, rows of a group adjoining, (n, k)."""
    total = np.cumsum(values, axis=0)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    before = np.zeros((len(starts), values.shape[1]))
    before[1:] = total[starts[1:] - 1]
    return total - np.repeat(before, np.diff(np.r_[starts, len(group)]), axis=0)


def _last_before(codes: Ints, days: Ints, names: pd.Index, asked_names: pd.Series, asked: Ints) -> Ints:
    """Row of the last event of each asked name before the asked day, −1 where there is none; (code, day) ascending."""
    span = int(max(days.max(), asked.max())) + 2
    wanted = names.get_indexer(pd.Index(asked_names))
    row = np.searchsorted(codes * span + days, np.maximum(wanted, 0) * span + asked, side="left") - 1
    fits = (wanted >= 0) & (row >= 0)
    return np.where(fits & (codes[np.maximum(row, 0)] == wanted), row, -1)


def _days(dates: pd.Series) -> Ints:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column).to_numpy(dtype=np.float64)
