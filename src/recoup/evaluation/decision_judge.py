"""How good decisions are against the truth: pure arithmetic on the frames of `decision_data`.

A policy is a score: of an account's slots it takes the best, of the accounts the best share. Equal scores share the
choice: what is counted is the mean over them, so that no order of rows flatters anybody.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup.evaluation.decision_data import HALVES, Observed

Floats = npt.NDArray[np.float64]
SHARE = 0.2
"""Capacity that Value is judged at: one attempt with so many of the accounts."""
RANDOM, OURS, ORACLE, LEARNT = "random", "ours", "knows everything", "best that can be learnt"


def chance_of(slots: pd.DataFrame, score: Floats) -> pd.Series:
    """True P(right party) at each account's best-scored slots: float64, indexed by account_id."""
    best = pd.Series(score, index=slots.index).groupby(slots["account_id"]).transform("max")
    return slots["chance"][score == best.to_numpy()].groupby(slots["account_id"]).mean()


def reach_scores(slots: pd.DataFrame) -> dict[str, Floats]:
    """Policies of hours → score of each slot, row-aligned."""
    columns = {
        RANDOM: np.zeros(len(slots)),
        "hours as dialed before": slots["dialed_before"],
        "company's best hour": slots["company_hour"],
        "own rate by hour": slots["own_rate"],
        "hour of the last answer": -slots["from_last_answer"],
        OURS: slots["ours"],
        ORACLE: slots["chance"],
    }
    if "learnt" in slots:
        columns[LEARNT] = slots["learnt"]
    return {name: np.asarray(score, dtype=np.float64) for name, score in columns.items()}


def judge_reach(slots: pd.DataFrame) -> dict[str, float]:
    """Right-party contacts per 100 attempts, one attempt an account, by policy.

    Hours as dialed before are drawn as often as they were dialed, not the most frequent alone.
    """
    found = {name: 100 * float(chance_of(slots, score).mean()) for name, score in reach_scores(slots).items()}
    weight = slots["dialed_before"] + 1e-9
    mean = (weight * slots["chance"]).groupby(slots["account_id"]).sum() / weight.groupby(slots["account_id"]).sum()
    return found | {"hours as dialed before": 100 * float(mean.mean())}


def value_scores(accounts: pd.DataFrame) -> dict[str, Floats]:
    """Plain rankers of accounts → score, higher first, row-aligned."""
    oldest = pd.to_datetime(accounts["oldest_due_on"]).fillna(pd.Timestamp("2200-01-01"))
    return {
        RANDOM: np.zeros(len(accounts)),
        "balance first": accounts["balance_amount"].to_numpy(dtype=np.float64),
        "oldest first": -(oldest - pd.Timestamp("1970-01-01")).dt.days.to_numpy(dtype=np.float64),
        "days past due": accounts["days_past_due"].to_numpy(dtype=np.float64),
        "propensity": accounts["p_pay_if_not"].to_numpy(dtype=np.float64),
    }


def top_gain(score: Floats, gain: Floats, seats: int) -> float:
    """Σ gain over the `seats` best scores; equal scores at the edge share the seats left; NaN scores get none."""
    known = np.isfinite(score)
    score, gain = score[known], gain[known]
    if score.size <= seats:
        return float(gain.sum())
    edge = np.sort(score)[::-1][seats - 1]
    above, at = score > edge, score == edge
    return float(gain[above].sum() + gain[at].mean() * (seats - above.sum()))


def judge_value(observed: Observed) -> dict[str, dict[str, float]]:
    """One attempt each with the best `SHARE` of the accounts that can be called at all, by policy.

    Plain rankers are lent our hour, so that only whom they choose differs; ours is the list as it was proposed. The
    oracle ranks by one half of the lives and is judged, as everybody, by the other.

    Returns:
        Policy → cash (minor units that the attempts add), attempts, agent_hours.
    """
    slots = observed.slots
    accounts = observed.accounts[observed.accounts["account_id"].isin(slots["account_id"])].reset_index(drop=True)
    seats = max(1, round(SHARE * len(accounts)))
    key = accounts["account_id"]
    ours = _listed_chance(accounts, slots)
    truly = {name: chance_of(slots, score).reindex(key).to_numpy() for name, score in reach_scores(slots).items()}
    scores = value_scores(accounts)
    scores[OURS] = -pd.to_numeric(accounts["seq"]).to_numpy(dtype=np.float64, na_value=np.nan)
    table: dict[str, dict[str, float]] = {}
    for name, score in scores.items():
        table[name] = _outcome(score, ours, accounts, seats, observed.seconds)
    if "learnt_uplift" in accounts:
        expected = slots.groupby("account_id")["learnt"].max().reindex(key).to_numpy()
        score = _worth(expected * accounts["learnt_uplift"].to_numpy(dtype=np.float64))
        table[LEARNT] = _outcome(score, truly[LEARNT], accounts, seats, observed.seconds)
    table[ORACLE] = _mean([
        _outcome(
            _worth(truly[ORACLE] * accounts[f"uplift_{half}"].to_numpy()), truly[ORACLE], accounts, seats,
            observed.seconds, halves=(1 - half,),
        )
        for half in HALVES
    ])  # fmt: skip
    return table


def share_of_gain(by_policy: Mapping[str, float], oracle: str, name: str = OURS) -> float:
    """(policy − random) ÷ (oracle − random); NaN where the oracle gains nothing."""
    gain = by_policy[oracle] - by_policy[RANDOM]
    return (by_policy[name] - by_policy[RANDOM]) / gain if gain > 0 else float("nan")


def calibration_error(said: Floats, truth: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean |said − true| over bins of equal counts, weighted by their rows."""
    parts = [part for part in np.array_split(np.argsort(said, kind="stable"), bins) if part.size]
    return float(sum(abs(said[part].mean() - truth[part].mean()) * part.size for part in parts) / max(said.size, 1))


def hour_spread(slots: pd.DataFrame) -> float:
    """How much better than the mean of its legal hours we say that a contact point's best hour is: mean, in [0, 1]."""
    by_point = slots.groupby(["account_id", "contact_point_id"])["ours"]
    return float((by_point.max() - by_point.mean()).mean())


def _outcome(
    score: Floats, chance: Floats, accounts: pd.DataFrame, seats: int, seconds: tuple[float, float],
    halves: tuple[int, ...] = HALVES,
) -> dict[str, float]:  # fmt: skip
    uplift = np.mean([accounts[f"uplift_{half}"].to_numpy(dtype=np.float64) for half in halves], axis=0)
    silent, talk = seconds
    return {
        "cash": top_gain(score, chance * uplift, seats),
        "attempts": top_gain(score, np.ones(len(score)), seats),
        "agent_hours": top_gain(score, (silent + chance * (talk - silent)) / 3600, seats),
    }


def _listed_chance(accounts: pd.DataFrame, slots: pd.DataFrame) -> Floats:
    """True chance at the hour that the list plans; at our best hour where it plans no call."""
    planned = slots.set_index(["account_id", "contact_point_id", "local_hour"])["chance"]
    wanted = pd.MultiIndex.from_frame(accounts[["account_id", "contact_point_id", "local_hour"]])
    best = chance_of(slots, slots["ours"].to_numpy()).reindex(accounts["account_id"]).to_numpy()
    listed = planned.reindex(wanted).to_numpy()
    return np.where((accounts["channel"] == "voice") & np.isfinite(listed), listed, best)


def _worth(score: Floats) -> Floats:
    """Whom a contact would put off is left alone."""
    return np.where(score > 0, score, np.nan)


def _mean(tables: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([table[name] for table in tables])) for name in tables[0]}
