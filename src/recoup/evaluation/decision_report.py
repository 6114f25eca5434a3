"""What an evaluation of decisions found: tables by profile and of all companies, aims beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from recoup.evaluation.decision_judge import (
    LEARNT,
    ORACLE,
    OURS,
    RANDOM,
    SHARE,
    calibration_error,
    hour_spread,
    judge_reach,
    judge_value,
)
from recoup.evaluation.decisions import Judged

Floats = npt.NDArray[np.float64]
Rows = list[dict[str, str]]
ALL = "all"
REACH_AIM, VALUE_AIM, CALIBRATION_AIM, SPREAD_AIM = 0.9, 0.8, 0.02, 0.005
_BESIDE = {ORACLE: "of what knowing everything gains", LEARNT: "of what can be learnt"}


def tables(judged: Sequence[Judged]) -> dict[str, Rows]:
    """Title → rows, a mapping of column to text each; one row a profile, then one of all companies."""
    profiles = list(dict.fromkeys(found.case.profile for found in judged))
    groups = {name: [found for found in judged if found.case.profile == name] for name in profiles}
    if len(groups) > 1:
        groups[ALL] = list(judged)
    reach = {id(found): judge_reach(found.observed.slots) for found in judged}
    value = {id(found): judge_value(found.observed) for found in judged}

    def cash(found: Judged, per: str) -> dict[str, float]:
        return {name: figures["cash"] / 100 / max(figures[per], 1e-9) for name, figures in value[id(found)].items()}

    def gained(found: Judged) -> dict[str, float]:
        return {name: figures["cash"] for name, figures in value[id(found)].items()}

    return {
        "Right-party contacts per 100 attempts, by who chooses the hour": _figures(
            groups, lambda found: reach[id(found)], lambda found: reach[id(found)]
        ),
        f"Cash that an attempt adds, calling {SHARE:.0%} of the accounts, by who chooses them": _figures(
            groups, lambda found: cash(found, "attempts"), gained
        ),
        "Cash that an agent's hour adds, the same attempts": _figures(
            groups, lambda found: cash(found, "agent_hours"), None
        ),
        f"Calibration error (aim: at most {CALIBRATION_AIM})": [
            {"profile": name, **calibration(found)} for name, found in groups.items()
        ],
    }


def calibration(judged: Sequence[Judged]) -> dict[str, str]:
    """Of all rows of these companies together, against true probabilities; and what is said of the best hour."""
    slots = pd.concat([found.observed.slots for found in judged], ignore_index=True)
    accounts = pd.concat([found.observed.accounts for found in judged], ignore_index=True)
    pairs = {
        "reach": (slots["ours"], slots["chance"]),
        "paying, left alone": (accounts["p_pay_if_not"], accounts["true_if_not"]),
        "paying, spoken to": (accounts["p_pay_if_contacted"], accounts["true_if_contacted"]),
    }
    errors = {
        name: f"{calibration_error(said.to_numpy(dtype=np.float64), true.to_numpy(dtype=np.float64)):.3f}"
        for name, (said, true) in pairs.items()
    }
    return {"accounts": f"{len(accounts):,}", **errors, "best hour above the mean": f"{hour_spread(slots):.4f}"}


def share_with_interval(
    by_company: Sequence[dict[str, float]], oracle: str, name: str = OURS
) -> tuple[float, float | None]:
    """Share of the oracle's gain over random, all companies' gains added, and half its 95 % interval (jackknife)."""
    ours = np.array([found[name] - found[RANDOM] for found in by_company])
    best = np.array([found[oracle] - found[RANDOM] for found in by_company])
    n, share = len(ours), float(ours.sum() / best.sum())
    if n < 2:
        return share, None
    without = (ours.sum() - ours) / (best.sum() - best)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return share, float(stats.t.ppf(0.975, n - 1) * error)


def as_markdown(found: dict[str, Rows]) -> str:
    """The tables one after the other, each under its title."""
    parts = []
    for title, rows in found.items():
        columns = list(rows[0])
        lines = [columns, ["---"] * len(columns), *([row[name] for name in columns] for row in rows)]
        parts.append(f"**{title}**\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))
    return "\n".join(parts)


def _figures(
    groups: dict[str, list[Judged]], figures: Callable[[Judged], dict[str, float]],
    gains: Callable[[Judged], dict[str, float]] | None,
) -> Rows:  # fmt: skip
    rows = []
    for profile, companies in groups.items():
        of_company = [figures(found) for found in companies]
        row = {"profile": profile, "companies": str(len(companies))}
        row |= {name: f"{np.mean([found[name] for found in of_company]):.2f}" for name in of_company[0]}
        if gains is not None:
            added = [gains(found) for found in companies]
            for oracle, title in _BESIDE.items():
                if oracle in added[0]:
                    row[title] = _share(*share_with_interval(added, oracle))
        rows.append(row)
    return rows


def _share(share: float, half: float | None) -> str:
    return f"{share:.0%}" if half is None else f"{share:.0%} ± {half:.0%}"
